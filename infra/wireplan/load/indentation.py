"""A key or an item in another column than the others around it: which line is off, and to what it probably belongs."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from wireplan.findings import Finding, Place, Related
from wireplan.load import codes
from wireplan.load.composer import Position, UnreadableError
from wireplan.load.document import where
from wireplan.load.standing import Siblings, Standing
from wireplan.model.paths import holds_names, keys_at

KEY = re.compile(r"""\s*(?:- +)*(["']?)([\w.-]+)\1\s*:(?=\s|$)(.*)""")
ITEM = re.compile(r"\s*-\s")
STEP = 2
FAR = 3
"""Spaces by which another map may be away and still be named as what could be meant."""


def uneven(error: UnreadableError, seen: Standing, lines: Sequence[str], file: str) -> Finding | None:
    """The finding of a line that is indented as none of those before it; None where that is not the fault."""
    if seen.brackets or error.at[0] > len(lines):
        return None
    line = lines[error.at[0] - 1]
    item, key = ITEM.match(line), KEY.match(line)
    column = len(line) - len(line.lstrip()) + 1
    around = list(seen.siblings())
    if not (item or key) or not around or any(each.column == column for each in around):
        return None
    if ": " in line[: error.at[1] - 1]:  # what stands further to the left on the line was no fault
        return None
    here = (error.at[0], column)
    if item or not key:
        return told(here, "", likely([each for each in around if not each.map], column), lines, file)
    name, value = key[2], key[3].strip()
    above = overfull(around, column, name)
    if above:
        return full(above, here, name, file)
    maps = [each for each in around if each.map]
    return told(here, name, likely(maps, column, name, value), lines, file)


def overfull(around: Sequence[Siblings], column: int, name: str) -> Siblings | None:
    """The last key above, where a deeper line is meant to be below it: the model knows it there and nowhere else."""
    last = around[-1]
    if not last.map or column < last.column or any(name in keys_at(each.path) for each in around):
        return None
    return last if name in keys_at((*last.path, last.name)) else None


def full(above: Siblings, here: Position, name: str, file: str) -> Finding:
    """The finding of a key with a value on its line and keys below it."""
    what = f'"{above.name}" has a value on its line, and keys below it'
    fix = f'Take out what stands behind "{above.name}:", or the lines below it.'
    related = (Related(key_at(file, *here, name), "a key below it"),)
    return codes.SYNTAX.at(key_at(file, *above.last, above.name), what, fix=fix, related=related)


def step(lines: Sequence[str]) -> int:
    """By how many spaces a file sets its levels in: what is most frequent, of equals two or the least."""
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip() and line.lstrip()[0] != "#"]
    deeper = Counter(after - before for before, after in pairwise(margins) if after > before)
    return min(deeper, key=lambda each: (-deeper[each], each != STEP, each), default=STEP)


def first_off(first: Siblings, begin: Position, name: str, file: str) -> Finding:
    """The finding of a line that is off while the next beside it stands as far in as is usual."""
    line, column = first.last
    subject, other = (f'"{first.name}"', f'"{name}"') if first.map else ("this item", "the next")
    what = f"{subject} is indented by {spaces(column)}, {other} beside it by {begin[1] - 1}"
    kind = f"{'a key' if first.map else 'an item'} of {where(first.path)}"
    fix = f"Indent line {line} by {spaces(begin[1])}, as line {begin[0]} is."
    related = (Related(key_at(file, *begin, name), kind),)
    return codes.INDENTATION.at(key_at(file, line, column, first.name), what, fix=fix, related=related)


def key_at(file: str, line: int, column: int, name: str) -> Place:
    """The place of a key, or of the dash of an item."""
    return Place(file, line, column, line, column + (len(name) or 1))


SURE, LIKELY, OPEN = 2, 1, 0


def likely(around: Sequence[Siblings], column: int, name: str = "", value: str = "") -> list[Siblings]:
    """What a line may be meant for, the likeliest first: one, or two where the model does not tell."""

    def order(each: Siblings) -> tuple[int, int, int]:
        return -fits(each, name, value), abs(each.column - column), -each.column

    ordered = sorted(around, key=order)
    if not name or not ordered or fits(ordered[0], name, value) == SURE:
        return ordered[:1]
    return [ordered[0], *(each for each in ordered[1:] if abs(each.column - column) < FAR)][:2]


def fits(siblings: Siblings, name: str, value: str) -> int:
    """How well a key goes with others: the model knows it there, or any name may stand there and what it has is a map."""
    if not name:
        return OPEN
    if name in keys_at(siblings.path):
        return SURE
    below = not value or value.startswith(("{", "#"))
    return LIKELY if below and holds_names(siblings.path) else OPEN


def told(
    begin: Position, name: str, meant: Sequence[Siblings], lines: Sequence[str], file: str
) -> Finding | None:
    """The finding of a line, with what it may be meant for, the likeliest first; None where that is nothing."""
    if not meant:
        return None
    line, column = begin
    first = meant[0]
    if first.count == 1 and column == first.parent + step(lines) != first.column:
        return first_off(first, begin, name, file)
    kind = "key" if first.map else "item"
    others = f"the other {kind}{'s' if first.count > 1 else ''} of {where(first.path)}"
    subject = f'"{name}"' if name else "this item"
    what = f"{subject} is indented by {spaces(column)}, {others} by {first.column - 1}"
    fix = f"Indent line {line} {'; or '.join(ways(meant))}."
    note = f"{'a key' if first.map else 'an item'} of {where(first.path)}"
    related = (Related(key_at(file, *first.last, first.name), note),)
    return codes.INDENTATION.at(key_at(file, line, column, name), what, fix=fix, related=related)


def ways(meant: Sequence[Siblings]) -> Iterator[str]:
    """What can be done, each with what it would mean."""
    for each in meant:
        by = f"by {spaces(each.column)}" if each.column > 1 else "not at all"
        yield f"{by}, as {'a key' if each.map else 'an item'} of {where(each.path)}"


def spaces(column: int) -> str:
    """How many spaces stand before a column."""
    return f"{column - 1} space" if column == 2 else f"{column - 1} spaces"
