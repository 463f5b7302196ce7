"""`wireplan scaffold`: the services' workspace from the topology."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(scaffold)


def scaffold(
    path: Annotated[
        Path, typer.Argument(help="The topology file, or the folder that holds topology.yaml.")
    ] = Path(),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when generated parts are not current.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would happen.")] = False,
    only: Annotated[
        str, typer.Option("--only", metavar="SERVICE", help="One member of the workspace only.")
    ] = "",
    no_tools: Annotated[
        bool, typer.Option("--no-tools", help="Files only: make neither uv.lock nor the contracts.")
    ] = False,
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Write the services' workspace beside the topology file. What you wrote in it is kept or merged, never lost."""
    from wireplan.commands import outcome
    from wireplan.report import scaffolded
    from wireplan.rim import scaffolding
    from wireplan.rim.trouble import Trouble

    if form not in {"text", "json"}:
        raise Trouble(f"--format is text or json, not {form}")
    options = scaffolding.Options(only=only or None, dry=check or dry_run, tools=not no_tools)
    done, unrendered = scaffolding.from_file(path, options)
    typer.echo(
        scaffolded.data(done, unrendered)
        if form == "json"
        else scaffolded.text(done, unrendered, would=options.dry),
        nl=False,
    )
    if done.refused or (check and not done.current):
        raise typer.Exit(outcome.FINDINGS)
