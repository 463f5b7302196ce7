"""`wireplan validate`: every fault of a topology, in all its environments, in one run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wireplan.commands import options, outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wireplan.report.run import Run

FORGES = ("sarif", "github", "gitlab")  # they know a file by its path from the root of the repository
FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("validate")(validate)


def validate(
    path: options.TopologyPath = Path(),
    env: options.Environments = None,
    formats: options.Formats = None,
    fail_on: options.FailOn = "error",
    color: options.Color = "auto",
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Write into the files what has one right answer; report what is left."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --fix: print what would be written, as a diff.")
    ] = False,
    contracts: Annotated[
        bool, typer.Option("--contracts", help="Let buf check the protos as well, by your buf.yaml.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option("--against", help="Let buf also find what breaks the protos of this git revision."),
    ] = None,
) -> None:
    """Check a topology: each fault with its place, why it matters, and what to write instead.

    Formats: text, json, sarif, junit, github, gitlab.

    Exit code 0: nothing at or above --fail-on. 1: something. 2: wrong use, or nothing could be checked.
    """
    from wireplan.findings import Severity
    from wireplan.rim import outputs, validation
    from wireplan.rim.trouble import Trouble

    if dry_run and not fix:
        raise Trouble(
            "--dry-run is of --fix: without it nothing is written", fix="add --fix, or leave it out"
        )
    wanted = outputs.outputs(formats or (), FORMATS)
    file = options.topology_file(path)
    if fix:
        run = shown(file, env or ()) if dry_run else mended(file, env or ())
    else:
        run = validation.validate(file, env or ())
    if contracts or against:
        from wireplan.rim import agreements

        run = agreements.added(run, file, against)
    if not dry_run:
        outputs.deliver([(each, rendered(each.format, run, each.file, color)) for each in wanted])
    worst = run.worst()
    raise typer.Exit(outcome.FINDINGS if worst and worst >= Severity(fail_on) else outcome.FINE)


def mended(file: Path, environments: "Sequence[str]") -> "Run":
    """Mend the files, say what was mended on stderr, and return what is left."""
    from wireplan.rim import mending

    run, fixed = mending.mend(file, environments)
    for finding in fixed:
        typer.echo(f"{finding.at}: fixed: {finding.what} [{finding.code}]", err=True)
    return run


def shown(file: Path, environments: "Sequence[str]") -> "Run":
    """Print what mending would write, and return what is found as long as nobody does."""
    from wireplan.rim import mending, validation

    run = validation.validate(file, environments)
    texts, _ = mending.proposed(run)
    before = {name: mending.read(name) for name in texts}
    typer.echo("".join(mending.changes(before, texts)), nl=False)
    return run


def rendered(name: str, run: "Run", file: Path | None, color: str) -> str:
    """The run in one format; colours never go into a file."""
    import importlib
    import sys

    from wireplan.report.screen import PLAIN
    from wireplan.rim import terminal

    if name in FORGES:
        from wireplan.rim import naming

        run = naming.from_root(run)
    screen = PLAIN if file else terminal.screen(sys.stdout, color)
    text: str = importlib.import_module(f"wireplan.report.{name}").render(run, screen)
    return text
