"""`wireplan backups`: what those of a running system are worth, and the proof that they restore."""

from pathlib import Path
from typing import Annotated

import typer

from wireplan.commands import options, outcome


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backups)


def backups(
    path: options.TopologyPath = Path(),
    stack: options.Stack = "local",
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Restore each cluster beside itself, look into the copy, and take it down."
        ),
    ] = False,
    cluster: Annotated[str, typer.Option("--cluster", metavar="NAME", help="This one only.")] = "",
    limit: Annotated[
        float, typer.Option("--limit", metavar="SECONDS", help="How long a restore may take.")
    ] = 3600.0,
    form: options.Form = "text",
) -> None:
    """Show since when the databases of the running system can be restored, and when that was last tried. Exit code 1: a backup or its verification is overdue."""
    import json

    from wireplan.report import backups as report
    from wireplan.rim import backups as rim

    if verify:
        for line in rim.verify(path, stack, cluster, limit):
            typer.echo(line, err=form == "json")
        if form != "json":
            return
    topology, found = rim.look(path, stack, cluster)
    if form == "json":
        typer.echo(json.dumps(report.document(topology.system, topology.environment.name, found), indent=2))
    else:
        typer.echo(report.table(found), nl=False)
    raise typer.Exit(outcome.FINDINGS if any(each.troubles for each in found) else outcome.FINE)
