"""`wireplan validate`: every fault of a topology, in all its environments, in one run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wireplan.commands import options, outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wireplan.report.run import Run
    from wireplan.rules.baseline import Baseline

FORGES = ("sarif", "github", "gitlab")  # they know a file by its path from the root of the repository
FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab")


Fix = Annotated[
    bool,
    typer.Option("--fix", help="Write into the files what has one right answer; report what is left."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="With --fix: print what would be written, as a diff.")
]
Contracts = Annotated[
    bool, typer.Option("--contracts", help="Let buf check the protos as well, by your buf.yaml.")
]
Against = Annotated[
    str | None,
    typer.Option("--against", help="Let buf also find what breaks the protos of this git revision."),
]
Migrations = Annotated[
    bool, typer.Option("--migrations", help="Let squawk check the services' migrations as well.")
]
BaselineFile = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        help="Accept the findings in this file; wireplan.baseline.json beside the topology, where it is there.",
        envvar="WIREPLAN_BASELINE",
    ),
]
NoBaseline = Annotated[bool, typer.Option("--no-baseline", help="Accept nothing: tell all that is found.")]
WriteBaseline = Annotated[
    bool,
    typer.Option(
        "--write-baseline",
        help="Write what is found into the baseline, and take out what is found no more.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("validate")(validate)


def validate(
    path: options.TopologyPath = Path(),
    env: options.Environments = None,
    formats: options.Formats = None,
    fail_on: options.FailOn = "error",
    color: options.Color = "auto",
    fix: Fix = False,
    dry_run: DryRun = False,
    contracts: Contracts = False,
    against: Against = None,
    migrations: Migrations = False,
    baseline: BaselineFile = None,
    no_baseline: NoBaseline = False,
    write_baseline: WriteBaseline = False,
) -> None:
    """Check a topology: each fault with its place, why it matters, and what to write instead.

    Formats: text, json, sarif, junit, github, gitlab.

    Exit code 0: nothing at or above --fail-on. 1: something. 2: wrong use, or nothing could be checked.
    """
    from wireplan.findings import Severity
    from wireplan.rim import baselines, outputs, sources, validation

    sound(fix=fix, dry_run=dry_run, no_baseline=no_baseline, write_baseline=write_baseline, against=against)
    wanted = outputs.outputs(formats or (), FORMATS)
    file = sources.topology_file(path)
    known = None if no_baseline or write_baseline else accepting(file, baseline)
    if fix:
        run = shown(file, env or (), known) if dry_run else mended(file, env or (), known)
    else:
        run = validation.validate(file, env or ())
    if contracts or against:
        from wireplan.rim import agreements

        run = agreements.added(run, file, against)
    if migrations:
        from wireplan.rim import squawk

        run = squawk.added(run, file)
    unseen = silent(contracts=contracts, against=against, migrations=migrations)
    run = accepted(file, run, baseline, unseen) if write_baseline else baselines.applied(run, known, unseen)
    if not dry_run:
        outputs.deliver([(each, rendered(each.format, run, each.file, color)) for each in wanted])
    worst = run.worst()
    raise typer.Exit(outcome.FINDINGS if worst and worst >= Severity(fail_on) else outcome.FINE)


def sound(*, fix: bool, dry_run: bool, no_baseline: bool, write_baseline: bool, against: str | None) -> None:
    """Refuse options that contradict each other, and one that says nothing.

    Raises:
        Trouble: two do, or one does.
    """
    from wireplan.rim.trouble import Trouble

    if against is not None and not against.strip():  # a variable of CI that is empty
        raise Trouble(
            "--against names no revision", why="nothing would be compared", fix="name one, such as main"
        )
    if dry_run and not fix:
        said = "--dry-run is of --fix: without it nothing is written"
        raise Trouble(said, fix="add --fix, or leave it out")
    if write_baseline and (dry_run or no_baseline):
        other = "--dry-run" if dry_run else "--no-baseline"
        raise Trouble(f"--write-baseline and {other} contradict each other", fix="leave one of them out")


def accepting(file: Path, named: Path | None) -> "Baseline | None":
    """The baseline that is named, else the one beside the topology, where it is there."""
    from wireplan.rim import baselines

    return baselines.read(named) if named else baselines.existing(file)


def silent(*, contracts: bool, against: str | None, migrations: bool) -> tuple[str, ...]:
    """The codes of which a run says nothing, since buf or squawk was not asked: what the baseline has of them is neither gone nor found."""
    from wireplan.rules import protos
    from wireplan.rules.migrations import ALL

    unasked = [] if contracts or against else [protos.LINT]
    unasked += [] if against else [each for each in protos.ALL if each is not protos.LINT]
    unasked += [] if migrations else ALL
    return tuple(each.code for each in unasked)


def accepted(file: Path, run: "Run", named: Path | None, unseen: tuple[str, ...]) -> "Run":
    """Write the baseline, say so on stderr, and return what it does not accept."""
    from wireplan.report.screen import counted
    from wireplan.rim import baselines

    target = named or baselines.beside(file)
    written = baselines.write(run, target, unseen)
    typer.echo(
        f"{target}: accepts {counted(len(written.entries), 'finding')}; what is new will count", err=True
    )
    return baselines.applied(run, written, unseen)


def mended(file: Path, environments: "Sequence[str]", baseline: "Baseline | None") -> "Run":
    """Mend the files, say what was mended on stderr, and return what is left."""
    from wireplan.rim import mending

    run, fixed = mending.mend(file, environments, baseline)
    for finding in fixed:
        typer.echo(f"{finding.at}: fixed: {finding.what} [{finding.code}]", err=True)
    return run


def shown(file: Path, environments: "Sequence[str]", baseline: "Baseline | None") -> "Run":
    """Print what mending would write, or say on stderr that it would write nothing; return what is found as long as nobody does."""
    from wireplan.report.screen import counted
    from wireplan.rim import mending

    done = mending.plan(file, environments, baseline)
    before = {name: mending.read(name) for name in done.texts}
    typer.echo("".join(mending.changes(before, done.texts)), nl=False)
    if not done.texts:
        found = len(done.before.told())
        why = f"no edit leaves fewer than {counted(found, 'finding')}" if found else "no findings"
        typer.echo(f"{file}: nothing to write: {why}", err=True)
    return done.before


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
