"""`wireplan validate`: every fault of a topology, in all its environments, in one run."""

from pathlib import Path

import typer

from wireplan.commands import options, outcome

FORMATS = ("text", "json")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("validate")(validate)


def validate(
    path: options.TopologyPath = Path(),
    env: options.Environments = None,
    formats: options.Formats = None,
    fail_on: options.FailOn = "error",
    color: options.Color = "auto",
) -> None:
    """Check a topology: each fault with its place, why it matters, and what to write instead. Formats: text, json.

    Exit code 0: nothing at or above --fail-on. 1: something. 2: wrong use, or nothing could be checked.
    """
    from wireplan.findings import Severity
    from wireplan.rim import outputs, validation

    wanted = outputs.outputs(formats or (), FORMATS)
    run = validation.validate(options.topology_file(path), env or ())
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
