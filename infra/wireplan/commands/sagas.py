"""`wireplan sagas`: those of a running system that have not ended."""

from pathlib import Path
from typing import Annotated

import typer

from wireplan.commands import options, outcome


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sagas)


def sagas(
    path: options.TopologyPath = Path(),
    stack: options.Stack = "local",
    again: Annotated[
        str,
        typer.Option("--retry", metavar="SAGA/KEY", help="Let this one wait no longer for its next attempt."),
    ] = "",
    form: options.Form = "text",
) -> None:
    """Show the sagas of the running system that have not ended: where each is, what holds it, when it goes on. Exit code 1: one is stuck."""
    import json

    from wireplan.report import sagas as report
    from wireplan.rim import sagas as rim
    from wireplan.rim.trouble import Trouble

    if again:
        saga, _, key = again.partition("/")
        if not rim.retry(path, stack, saga, key):
            raise Trouble(
                f"no saga {saga} of key {key!r} waits for an attempt",
                fix="wireplan sagas lists those that have not ended",
            )
        typer.echo(f"{saga} of {key} goes on now")
        return
    topology, found = rim.look(path, stack)
    if form == "json":
        environment = topology.environment.name
        answer = report.document(topology.system, environment, found.sagas, found.more)
        typer.echo(json.dumps(answer, indent=2))
    else:
        typer.echo(report.table(found.sagas, found.more), nl=False)
    raise typer.Exit(outcome.FINDINGS if any(each.stuck for each in found.sagas) else outcome.FINE)
