"""`wireplan why A B`: the chain of facts that makes the way from one part to another safe, or the finding that says why it is not; and the same of a saga."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wireplan.commands import options, outcome

if TYPE_CHECKING:
    from wireplan.reasons.facts import Found
    from wireplan.report.screen import Screen
    from wireplan.topology.types import Topology

ARROWS = ("->", "→")
SAGA, SAGAS = "saga", "sagas."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("why")(why)


def why(
    start: Annotated[
        str,
        typer.Argument(
            metavar="FROM",
            help='A part: gateway, topics.video.uploaded; or "A -> B" as one word; or saga, and then its name.',
        ),
    ],
    end: Annotated[str | None, typer.Argument(metavar="TO", help="The part to come to.")] = None,
    path: options.TopologyPath = Path(),
    env: options.Environment = None,
    form: options.Form = "text",
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    color: options.Color = "auto",
) -> None:
    """Say why a way, or a saga, is safe: each hop or step, each fact with its line, and the rules that looked at it.

    Exit code 0: safe. 1: a finding, or no way. 2: wrong use.
    """
    import sys

    from wireplan.rim import sources, terminal

    saga = named_saga(start, end, path)
    words, given = saga or ends(start, end, path)
    file = sources.topology_file(given)
    topology = sources.topology(file, sources.chosen(file, env))
    screen = None if json or form == "json" else terminal.screen(sys.stdout, color)
    tell = of_saga if saga else of_way
    text, safe = tell(topology, words, judged(topology, file), screen)
    typer.echo(text, nl=False)
    raise typer.Exit(outcome.FINE if safe else outcome.FINDINGS)


def named_saga(start: str, end: str | None, path: Path) -> tuple[tuple[str, ...], Path] | None:
    """The saga and the topology, where one is asked about: `saga NAME PATH`, or `sagas.NAME PATH`.

    Raises:
        Trouble: a saga, and no name.
    """
    from wireplan.rim.trouble import Trouble

    if start == SAGA:
        if end is None:
            raise Trouble(
                "which saga?", fix="wireplan why saga NAME; wireplan show lists them among the parts"
            )
        return (end,), path
    if start.startswith(SAGAS) and not any(arrow in start for arrow in ARROWS):
        return (start,), Path(end) if end else path
    return None


def ends(start: str, end: str | None, path: Path) -> tuple[tuple[str, ...], Path]:
    """The two parts and the topology, in whichever way they are given: `A B PATH`, or `"A -> B" PATH`.

    Raises:
        Trouble: the second part is missing; a shell takes an arrow without quotes for a redirection.
    """
    from wireplan.rim.trouble import Trouble

    for arrow in ARROWS:
        before, found, after = start.partition(arrow)
        if found:
            return (before.strip(), after.strip()), Path(end) if end else path
    if end is None or end == "-":
        reason = (
            "without quotes a shell takes > for a redirection, and has written this into a file"
            if end
            else ""
        )
        raise Trouble(
            f"the way from {start} leads where?",
            why=reason,
            fix=f'wireplan why {start} B, or wireplan why "{start} -> B"',
        )
    return (start, end), path


def judged(topology: "Topology", file: Path) -> "Found":
    """What the rules find, with what waivers and the baseline accept; and what they would find without waivers."""
    from wireplan.rim import baselines
    from wireplan.rim.validation import today
    from wireplan.rules import baseline
    from wireplan.rules.check import check

    told, every = check(topology, today=today()), check(topology, waivers=())
    known = baselines.existing(file)
    if known:
        told = [*baseline.marked(told, known, topology.environment.name, str(file.parent))]
    return told, every


def of_way(
    topology: "Topology", words: tuple[str, ...], found: "Found", screen: "Screen | None"
) -> tuple[str, bool]:
    """The answer for the way between two parts, as JSON where there is no screen; and whether it is safe."""
    from wireplan.reasons import why as reasons
    from wireplan.report import reasons as report
    from wireplan.rim import meaning
    from wireplan.topology.graph import graph
    from wireplan.topology.parts import parts

    drawn = graph(topology)
    among = [each for each in parts(topology) if each.node in drawn.out]
    start, end = (meaning.part(word, among).node for word in words)
    answer = reasons.answer(topology, drawn, (start, end), found)
    text = report.text(topology, answer, screen) if screen else report.data(topology, answer)
    return text, answer.safe


def of_saga(
    topology: "Topology", words: tuple[str, ...], found: "Found", screen: "Screen | None"
) -> tuple[str, bool]:
    """The same for a saga."""
    from wireplan.reasons import sagas
    from wireplan.report import saga_reasons as report
    from wireplan.rim import meaning
    from wireplan.topology.parts import parts

    among = [each for each in parts(topology) if each.noun == "sagas"]
    name = meaning.part(words[0], among, "among the sagas").name
    answer = sagas.answer(topology, topology.sagas[name], found)
    text = report.text(topology, answer, screen) if screen else report.data(topology, answer)
    return text, answer.safe
