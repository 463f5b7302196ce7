"""`wireplan explain`: the page of a code, or the list of all codes. Needs no topology."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wireplan.report.entries import Entry


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(
    code: Annotated[
        str | None,
        typer.Argument(help="A code (KAF007) or a name (secret-written-in-the-open); none lists all."),
    ] = None,
) -> None:
    """Say what a code is about: what, why, what to do, where that comes from, an example of each."""
    from wireplan.report import pages
    from wireplan.report.entries import entries
    from wireplan.rim import cases

    known = entries()
    if code is None:
        typer.echo(pages.listing(known.values()), nl=False)
        return
    entry = found(known, code)
    typer.echo(pages.page(entry, cases.of(entry.code)), nl=False)


def found(known: "Mapping[str, Entry]", wanted: str) -> "Entry":
    """The entry of a code or a name, as a person types it.

    Raises:
        Trouble: there is no such code.
    """
    import difflib

    from wireplan.rim.trouble import Trouble

    word = wanted.strip().replace("_", "-")
    for entry in known.values():
        if word.upper() == entry.code or word.lower() == entry.name:
            return entry
    names = {key: entry for entry in known.values() for key in (entry.code, entry.name)}
    near = difflib.get_close_matches(word, names, n=1) or difflib.get_close_matches(word.upper(), names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise Trouble(f"there is no code or rule {wanted}", fix=f"{hint}`wireplan explain` lists all")
