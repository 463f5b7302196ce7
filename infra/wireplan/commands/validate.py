"""`wireplan validate`: every fault of a topology, in all its environments, in one run."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from wireplan.commands import outcome

TOPOLOGY_FILE = "topology.yaml"
FORMATS = ("text", "json")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("validate")(validate)


def validate(
    path: Annotated[
        Path,
        typer.Argument(
            help="The topology file, or the folder of a topology.yaml.", envvar="WIREPLAN_TOPOLOGY"
        ),
    ] = Path(),
    env: Annotated[
        list[str] | None,
        typer.Option(
            "--env",
            "-e",
            help="An environment (its overlay's name); all of them without it.",
            envvar="WIREPLAN_ENV",
        ),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            help="text or json, to stdout; or FORMAT=FILE. Repeatable.",
            envvar="WIREPLAN_FORMAT",
        ),
    ] = None,
    fail_on: Annotated[
        Literal["error", "warning", "note"],
        typer.Option(
            "--fail-on", help="The mildest finding that makes the exit code 1.", envvar="WIREPLAN_FAIL_ON"
        ),
    ] = "error",
    color: Annotated[
        Literal["auto", "always", "never"],
        typer.Option("--color", help="Colours in text.", envvar="WIREPLAN_COLOR"),
    ] = "auto",
) -> None:
    """Check a topology: each fault with its place, why it matters, and what to write instead.

    Exit code 0: nothing at or above --fail-on. 1: something. 2: wrong use, or nothing could be checked.
    """
    from wireplan.findings import Severity
    from wireplan.rim import outputs, validation

    wanted = outputs.outputs(formats or (), FORMATS)
    run = validation.validate(path / TOPOLOGY_FILE if path.is_dir() else path, env or ())
    outputs.deliver([(each, rendered(each.format, run, each.file, color)) for each in wanted])
    worst = run.worst()
    raise typer.Exit(outcome.FINDINGS if worst and worst >= Severity(fail_on) else outcome.FINE)


def rendered(name: str, run: object, file: Path | None, color: str) -> str:
    """The run in one format; colours never go into a file."""
    import importlib
    import sys

    from wireplan.report.screen import PLAIN
    from wireplan.rim import terminal

    screen = PLAIN if file else terminal.screen(sys.stdout, color)
    text: str = importlib.import_module(f"wireplan.report.{name}").render(run, screen)
    return text
