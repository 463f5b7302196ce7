"""`wireplan impact`: what one failed part takes down, and what each route can keep of what it promises."""

from pathlib import Path
from typing import Annotated

import typer

from wireplan.commands import options


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
    from wireplan.rim import meaning, sources, terminal
    from wireplan.rim.trouble import Trouble
    from wireplan.topology import impact as walks

    file = sources.topology_file(path)
    topology = sources.topology(file, sources.chosen(file, env))
    known = walks.can_fail(topology)
    if fail == walks.ZONE.full and walks.ZONE not in known:
        raise Trouble(
            "nothing says how many zones there are",
            "What a zone takes depends on how many share the copies of each part.",
            "environment: {zones: 3} in the overlay, or --fail node",
        )
    if fail:
        wanted = [meaning.part(fail, known, "that can fail")]
    else:
        wanted = [each for each in known if everything or not each.aside]
    found = walks.impact(topology, [each.full for each in wanted])
    screen = terminal.screen(sys.stdout, color)
    if as_json or form == "json":
        text = impact_json.render(topology, found.values())
    elif fail:
        text = impact_text.part(topology, found[wanted[0].full], screen)
    else:
        text = impact_text.table(topology, found.values(), screen)
    typer.echo(text, nl=False, color=screen.colour)
