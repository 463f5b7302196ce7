"""Put edits into the text that they were made for: nothing else of it changes, comments and layout included."""

import re
from collections.abc import Iterable
from functools import lru_cache

from wireplan.findings import Edit, Place

# What YAML takes for the end of a line, as its places count.
BREAK = re.compile("\r\n|[\n\r\u0085\u2028\u2029]")


@lru_cache(maxsize=4)
def lines_of(text: str) -> list[str]:
    """The lines of a text, without their ends; kept, since many findings of one file each have an edit."""
    return BREAK.split(text)


def applied(text: str, edits: Iterable[Edit]) -> tuple[str, tuple[Edit, ...]]:
    """The text with the edits in it, and those that were put in: of two that touch each other, or go in at one place, only the first."""
    starts = [0, *(found.end() for found in BREAK.finditer(text))]
    done: list[Edit] = []
    pieces: list[str] = []
    end, taken = 0, -1
    for edit in sorted(set(edits), key=lambda edit: (edit.at, edit.text)):
        found = stretch(starts, edit.at)
        if found is None or not end <= found[0] <= found[1] <= len(text) or found == (taken, taken):
            continue
        first, last = found
        taken = first if first == last else taken
        pieces += [text[end:first], edit.text]
        done.append(edit)
        end = last
    return "".join([*pieces, text[end:]]), tuple(done)


def stretch(starts: list[int], at: Place) -> tuple[int, int] | None:
    """From where to where a place goes, in characters; None if the text has no such lines, or only a point is known."""
    last = at.end_line or at.line
    if not at.end_column or max(at.line, last) > len(starts):
        return None
    return starts[at.line - 1] + at.column - 1, starts[last - 1] + at.end_column - 1
