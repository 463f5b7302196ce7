"""`wireplan impact`: what one failed part takes down, and what each route can keep of what it promises."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wireplan.commands import options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wireplan.topology.types import Topology


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("impact")(impact)


def impact(
    path: options.TopologyPath = Path(),
    fail: Annotated[
        str | None, typer.Option("--fail", help="The part that fails: auth, databases.main, kafka, ...")
    ] = None,
    env: options.Environment = None,
    everything: Annotated[bool, typer.Option("--all", help="Also retry and dead-letter topics.")] = False,
    form: options.Form = "text",
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    color: options.Color = "auto",
) -> None:
    """Let each part fail, or one: which routes fail, degrade or are unharmed, which flows stop, and by what way."""
    import sys

    from wireplan.report import impact_json, impact_text
    from wireplan.rim import sources, terminal
    from wireplan.topology import impact as walks

    file = options.topology_file(path)
    topology = sources.topology(file, sources.chosen(file, env))
    known = walks.parts(topology)
    wanted = (
        [meant(fail, known)] if fail else [each for each in known if everything or not aside(topology, each)]
    )
    found = walks.impact(topology, wanted)
    screen = terminal.screen(sys.stdout, color)
    if as_json or form == "json":
        text = impact_json.render(topology, found.values())
    elif fail:
        text = impact_text.part(topology, found[wanted[0]], screen)
    else:
        text = impact_text.table(topology, found.values(), screen)
    typer.echo(text, nl=False, color=screen.colour)


def aside(topology: "Topology", part: str) -> bool:
    """Whether a part is a topic of retries or dead letters."""
    noun, _, name = part.partition(".")
    return noun == "topics" and topology.topics[name].source is not None


def meant(wanted: str, known: "Iterable[str]") -> str:
    """The id of what a person calls `auth` or `services.auth`.

    Raises:
        Trouble: nothing, or more than one part, is called so.
    """
    from wireplan.load.nearest import asked, listing
    from wireplan.rim.trouble import Trouble

    every = tuple(known)
    found = [each for each in every if wanted in (each, each.partition(".")[2])]
    if wanted in every:
        return wanted
    if len(found) > 1:
        raise Trouble(f"{wanted} is the name of several parts", fix=f"say which: {listing(found)}")
    if not found:
        names = sorted({name for each in every for name in (each, each.partition(".")[2]) if name})
        raise Trouble(
            f"nothing that can fail is called {wanted}{asked(wanted, names)}", fix=f"known: {listing(every)}"
        )
    return found[0]
