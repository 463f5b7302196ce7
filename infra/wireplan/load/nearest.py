"""The nearest name: what a person most likely meant."""

import difflib
from bisect import bisect_left
from collections.abc import Collection, Iterable
from functools import lru_cache

from wireplan.load.limits import LETTERS, NAMES


def meant(word: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `word`, if one is near; none for what is too long to be a name."""
    return nearest(word, tuple(known)) if len(word) <= LETTERS else None


@lru_cache(maxsize=1024)
def nearest(word: str, known: tuple[str, ...]) -> str | None:
    """As meant. Kept, since a name that is mistyped once is so in many places."""
    table, plain = folded(known), fold(word)
    found = difflib.get_close_matches(plain, neighbours(plain, table), n=1, cutoff=0.6)
    return table[found[0]] if found else None


@lru_cache(maxsize=16)
def folded(known: tuple[str, ...]) -> dict[str, str]:
    """Names by what they are without capitals and dashes, in the order of the alphabet where they are many."""
    table = {fold(name): name for name in known}
    return table if len(table) <= NAMES else dict(sorted(table.items()))


def fold(name: str) -> str:
    """A name without what is mistyped most."""
    return name.lower().replace("-", "_")


def neighbours(word: str, table: dict[str, str]) -> Collection[str]:
    """The names to compare a word with: all, or of very many those around it."""
    if len(table) <= NAMES:
        return table
    names = list(table)
    place = bisect_left(names, word)
    return names[max(0, place - NAMES // 10) : place + NAMES // 10]


def asked(word: str, known: Iterable[str]) -> str:
    """` (did you mean X?)`, or nothing."""
    found = meant(word, known)
    return f"; did you mean {found}?" if found else ""


def listing(names: Iterable[str], most: int = 20) -> str:
    """Names in one line, the first twenty of them."""
    found = list(names)
    return (
        ", ".join(found[:most]) + (f" and {len(found) - most} more" if len(found) > most else "")
        if found
        else "none"
    )
