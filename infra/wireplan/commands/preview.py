"""`wireplan preview`: what an edit does, before it is merged. Needs git, no cluster and no credentials."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wireplan.commands import outcome

if TYPE_CHECKING:
    from wireplan.changes.preview import Proposal

TOPOLOGY_FILE = "topology.yaml"
FORMATS = ("text", "markdown", "json")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("preview")(preview)


def preview(
    path: Annotated[
        Path,
        typer.Argument(
            help="The topology file, or the folder of a topology.yaml.", envvar="WIREPLAN_TOPOLOGY"
        ),
    ] = Path(),
    against: Annotated[
        str,
        typer.Option(
            "--against", help="The git revision to compare the working tree with.", envvar="WIREPLAN_AGAINST"
        ),
    ] = "HEAD",
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
            help="text, markdown or json, to stdout; or FORMAT=FILE. Repeatable.",
            envvar="WIREPLAN_FORMAT",
        ),
    ] = None,
    attach: Annotated[
        list[Path] | None,
        typer.Option(
            "--attach",
            help="A file to fold into the end of the markdown, such as the output of pulumi preview.",
        ),
    ] = None,
    fail_on: Annotated[
        Literal["error", "warning", "note"],
        typer.Option(
            "--fail-on",
            help="The mildest finding of the working tree that makes the exit code 1.",
            envvar="WIREPLAN_FAIL_ON",
        ),
    ] = "error",
    detailed_exitcode: Annotated[
        bool,
        typer.Option(
            "--detailed-exitcode",
            help="Exit code 4 when anything changes.",
            envvar="WIREPLAN_DETAILED_EXITCODE",
        ),
    ] = False,
    color: Annotated[
        Literal["auto", "always", "never"],
        typer.Option("--color", help="Colours in text.", envvar="WIREPLAN_COLOR"),
    ] = "auto",
) -> None:
    """Compare a topology with that of a git revision: findings new and gone, parts and objects that change.

    Exit code 0: no finding at or above --fail-on. 1: one. 2: wrong use. 4: something changes, with --detailed-exitcode.
    """
    from wireplan.rim import outputs, previewing

    wanted = outputs.outputs(formats or (), FORMATS)
    attached = tuple((file.stem, outputs.text_of(file)) for file in attach or ())
    found = previewing.proposal(path / TOPOLOGY_FILE if path.is_dir() else path, against, env or ())
    outputs.deliver(
        [(each, rendered(each.format, found, attached, None if each.file else color)) for each in wanted]
    )
    raise typer.Exit(code(found, fail_on, detailed=detailed_exitcode))


def rendered(
    name: str, proposal: "Proposal", attached: tuple[tuple[str, str], ...], color: str | None
) -> str:
    """The comparison in one format; colours are for stdout."""
    import sys

    from wireplan.report import markdown, preview_json, preview_text
    from wireplan.report.screen import PLAIN
    from wireplan.rim import terminal

    if name == "markdown":
        return markdown.render(proposal, attached)
    if name == "json":
        return preview_json.render(proposal)
    return preview_text.render(proposal, terminal.screen(sys.stdout, color) if color else PLAIN)


def code(proposal: "Proposal", fail_on: str, *, detailed: bool) -> int:
    """Findings beat changes."""
    from wireplan.findings import Severity

    if any(
        each.severity >= Severity(fail_on)
        for preview in proposal.previews
        for each in preview.new + preview.kept
    ):
        return outcome.FINDINGS
    return outcome.CHANGES if detailed and proposal.changed else outcome.FINE
