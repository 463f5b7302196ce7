"""`wireplan preview`: what an edit does, before it is merged. Needs git, no cluster and no credentials."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wireplan.commands import options, outcome

if TYPE_CHECKING:
    from wireplan.changes.preview import Proposal

FORMATS = ("text", "markdown", "json")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("preview")(preview)


def preview(
    path: options.TopologyPath = Path(),
    against: Annotated[
        str, typer.Option("--against", help="The git revision to compare with.", envvar="WIREPLAN_AGAINST")
    ] = "HEAD",
    env: options.Environments = None,
    formats: options.Formats = None,
    contracts: Annotated[
        bool,
        typer.Option("--contracts", help="Let buf find what breaks the protos of that revision as well."),
    ] = False,
    migrations: Annotated[
        bool,
        typer.Option("--migrations", help="Let squawk check the migrations that are new as well."),
    ] = False,
    attach: Annotated[
        list[Path] | None,
        typer.Option("--attach", help="A text to fold into the markdown, such as what pulumi preview says."),
    ] = None,
    fail_on: options.FailOn = "error",
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit code 4 when anything changes.")
    ] = False,
    color: options.Color = "auto",
) -> None:
    """Compare a topology with that of a git revision: findings new and gone, parts and objects that change.

    Formats: text, markdown (a pull-request comment), json.

    Exit code 0: no finding at or above --fail-on. 1: one. 2: wrong use. 4: something changes, with --detailed-exitcode.
    """
    from wireplan.rim import outputs, previewing, sources

    wanted = outputs.outputs(formats or (), FORMATS)
    attached = tuple((file.stem, outputs.text_of(file)) for file in attach or ())
    file = sources.topology_file(path)
    found = previewing.proposal(file, against, env or (), contracts=contracts, migrations=migrations)
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
