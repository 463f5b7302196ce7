"""`wireplan prove`: what follows from a topology by arithmetic, whether or not a rule has anything to say about it."""

from pathlib import Path
from typing import Annotated

import typer

from wireplan.commands import options


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("prove")(prove)


def prove(
    path: options.TopologyPath = Path(),
    env: options.Environment = None,
    of: Annotated[
        str | None,
        typer.Option("--of", help="Only what is of one service, group, topic, database or bucket."),
    ] = None,
    form: options.Form = "text",
    color: options.Color = "auto",
) -> None:
    """Show which groups keep up and when they have caught up, and by which copies acknowledged writes survive."""
    import sys

    from wireplan.report import proofs, proofs_json
    from wireplan.rim import sources, terminal
    from wireplan.rim.trouble import Trouble

    file = options.topology_file(path)
    found = proofs.of(sources.topology(file, sources.chosen(file, env)), of)
    if not (found.groups or found.writes or found.passages):
        raise Trouble(
            f"nothing is proved of {of or 'it'}", fix="name a service, group, topic, database or bucket"
        )
    if form == "json":
        typer.echo(proofs_json.render(found), nl=False)
    else:
        typer.echo(proofs.text(found, terminal.screen(sys.stdout, color)), nl=False)
