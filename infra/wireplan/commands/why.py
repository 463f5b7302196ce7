"""`wireplan why A B`: the chain of facts that makes the way from one part to another safe, or the finding that says why it is not."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wireplan.commands import options, outcome

if TYPE_CHECKING:
    from wireplan.reasons.why import Answer
    from wireplan.topology.types import Topology

ARROWS = ("->", "→")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("why")(why)


def why(
    start: Annotated[
        str,
        typer.Argument(
            metavar="FROM", help='A part: gateway, topics.video.uploaded; or "A -> B" as one word.'
        ),
    ],
    end: Annotated[str | None, typer.Argument(metavar="TO", help="The part to come to.")] = None,
    path: options.TopologyPath = Path(),
    env: options.Environment = None,
    form: options.Form = "text",
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    color: options.Color = "auto",
) -> None:
    """Say why a way is safe: each hop, each fact with its line, and the rules that looked at it.

    Exit code 0: safe. 1: a finding, or no way. 2: wrong use.
    """
    import sys

    from wireplan.report import reasons
    from wireplan.rim import sources, terminal

    words, given = ends(start, end, path)
    file = options.topology_file(given)
    topology = sources.topology(file, sources.chosen(file, env))
    answer = found(topology, words, file)
    if json or form == "json":
        typer.echo(reasons.data(topology, answer), nl=False)
    else:
        typer.echo(reasons.text(topology, answer, terminal.screen(sys.stdout, color)), nl=False)
    raise typer.Exit(outcome.FINE if answer.safe else outcome.FINDINGS)


def ends(start: str, end: str | None, path: Path) -> tuple[tuple[str, str], Path]:
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


def found(topology: "Topology", words: tuple[str, str], file: Path) -> "Answer":
    """The answer, with what the rules find and what waivers and the baseline accept."""
    from wireplan.reasons import why as reasons
    from wireplan.rim import baselines, meaning
    from wireplan.rim.validation import today
    from wireplan.rules import baseline
    from wireplan.rules.check import check
    from wireplan.topology.graph import graph
    from wireplan.topology.parts import parts

    drawn = graph(topology)
    among = [each for each in parts(topology) if each.node in drawn.out]
    start, end = (meaning.part(word, among).node for word in words)
    told, every = check(topology, today=today()), check(topology, waivers=())
    known = baselines.existing(file)
    if known:
        told = [*baseline.marked(told, known, topology.environment.name, str(file.parent))]
    return reasons.answer(topology, drawn, (start, end), (told, every))
