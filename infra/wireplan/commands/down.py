"""`wireplan down`: remove what runs; data only when it is named."""

from pathlib import Path
from typing import Annotated

import typer

from wireplan.commands import options


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(down)


def down(
    path: options.TopologyPath = Path(),
    stack: options.Stack = "local",
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            metavar="NAME",
            help='Destroy this data too: "database main", "volume kafka", or all. Repeatable.',
        ),
    ] = None,
) -> None:
    """Remove what `up` made. Volumes and databases stay, and the next `up` finds them, unless --data names them."""
    from wireplan.rim import takedown, talk

    done = takedown.down(path, stack, data or ())
    typer.echo(f"{done.removed} objects removed")
    for name in done.destroyed:
        typer.echo(f"  destroyed: {name}")
    for name in done.kept:
        typer.echo(f"  kept: {name}")
    talk.say("an embedded cluster still runs; `wireplan cluster down` ends it")
