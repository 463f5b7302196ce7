"""Which part of a system a person means by a name, and what they are told of a name that means none."""

from collections.abc import Collection

from wireplan.load.nearest import asked, listing
from wireplan.rim.trouble import Trouble
from wireplan.topology.parts import Part, UnknownPartError, meant

SHORT = 20
"""Names that a person reads through."""
SHOW = "wireplan show lists all parts by their names"


def part(wanted: str, among: Collection[Part], which: str = "") -> Part:
    """The one of some parts that is meant by a name; `which` says in a few words what they have in common: `that can fail`.

    Raises:
        Trouble: nothing, or more than one part, is called so.
    """
    try:
        return meant(wanted, among)
    except UnknownPartError as error:
        raise unknown(error, which) from error


def unknown(error: UnknownPartError, which: str = "") -> Trouble:
    """What was meant, and what there is."""
    if error.several:
        fix = f"say which: {listing(error.known)}"
        return Trouble(f"{error.wanted} is the name of several parts", fix=fix)
    nothing = " ".join(("nothing", which)).strip()
    said = f"{nothing} is called {error.wanted}{asked(error.wanted, error.words)}"
    return Trouble(said, fix=f"known: {listing(error.known)}" if len(error.known) <= SHORT else SHOW)
