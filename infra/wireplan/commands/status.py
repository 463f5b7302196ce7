"""`wireplan status`: what runs, beside what the model wants."""

from pathlib import Path
from typing import Annotated

import typer

from wireplan.commands import options, outcome


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(
    path: options.TopologyPath = Path(),
    stack: options.Stack = "local",
    form: Annotated[
        str, typer.Option("--format", "-f", help="text or json.", envvar="WIREPLAN_FORMAT")
    ] = "text",
) -> None:
    """Show the running system beside the model: replicas, brokers, partitions in sync, primary, lag. Exit code 1: not as wanted."""
    import json

    from wireplan.rim import observation
    from wireplan.rim.trouble import Trouble

    if form not in ("text", "json"):
        raise Trouble(f"--format is text or json, not {form}")
    found = observation.observe(path, stack)
    typer.echo(
        json.dumps(found.document(), indent=2) if form == "json" else observation.table(found).rstrip("\n")
    )
    raise typer.Exit(outcome.FINE if found.well else outcome.FINDINGS)
