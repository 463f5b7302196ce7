"""`wireplan contracts`: the contracts as a package that others install."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wireplan.commands import options, outcome

if TYPE_CHECKING:
    from wireplan.changes.versions import Release

Tag = Annotated[
    str | None,
    typer.Option(
        "--tag",
        help="The git tag that publishes it, such as shop-contracts-v1.4.0: refused where it names another version.",
    ),
]
Build = Annotated[
    Path | None, typer.Option("--build", metavar="FOLDER", help="Build it as a wheel into this folder.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("contracts")(contracts)


def contracts(path: options.TopologyPath = Path(), tag: Tag = None, build: Build = None) -> None:
    """Say which version the contracts need since the one that was tagged last; build them as a package.

    Exit code 0: contracts.version goes as far as the change. 1: it does not, and nothing is built. 2: nothing could be compared or built.
    """
    from wireplan.rim import publishing

    found = publishing.release(path, tag)
    typer.echo(said(found), nl=False)
    if not found.enough:
        raise typer.Exit(outcome.FINDINGS)
    if build:
        typer.echo(publishing.build(path, found.package, build))


WORDS = (
    "nothing changed",
    "nothing is new and nothing breaks",
    "something is new",
    "code that was generated before breaks",
)


def said(found: "Release") -> str:
    """The release in a line, and what breaks a line each."""
    line = f"{found.package} {found.version}"
    if found.before is None:
        return f"{line}: the first one\n"
    line += f" after {found.before}: {WORDS[found.step]}"
    breaks = "".join(
        f"  {each.file or 'protos'}:{each.at[0]}:{each.at[1]}: {each.text} ({each.rule})\n"
        for each in found.broken
    )
    if found.enough:
        return f"{line}\n{breaks}"
    fix = f"write `version: {found.least}` at least into contracts, or take the change back"
    return f"{line}, so {found.version} is not enough\n{breaks}  fix: {fix}\n"
