"""The nearest name: what a person most likely meant."""

import difflib
from collections.abc import Iterable


def meant(word: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `word`, if one is near."""
    table = {name.lower().replace("-", "_"): name for name in known}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), list(table), n=1, cutoff=0.6)
    return table[found[0]] if found else None


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
