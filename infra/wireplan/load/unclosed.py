"""A bracket or a quote that is opened and not closed: libyaml says where it missed the end, a person needs the beginning, too."""

import re
from collections.abc import Sequence

from wireplan.findings import Finding, Place, Related
from wireplan.load import codes
from wireplan.load.composer import Position, Token, UnreadableError
from wireplan.load.standing import CLOSING, OPENING, Standing

ENDS = {"[": "]", "{": "}"}
WORD = re.compile(r"[\w.\"'-]+\s*\Z")
QUOTING = "while scanning a quoted scalar"
MISSED = "did not find expected"


def unclosed(error: UnreadableError, seen: Standing, lines: Sequence[str], file: str) -> Finding | None:
    """The finding of what is opened and not closed, or closed and not opened; None where it is another fault."""
    if error.context == QUOTING and error.problem.startswith("found unexpected"):
        return quote(error.begun, None, lines, file)
    found = swallowed(seen, lines)
    if found is not None:
        return quote(found.start, found.end, lines, file)
    if seen.brackets:
        return bracket(error, seen, lines, file)
    if seen.here is not None and seen.here.start == error.at and seen.here.kind in CLOSING:
        sign = CLOSING[seen.here.kind]
        what = f'this "{sign}" closes nothing that is open'
        return codes.SYNTAX.at(at(file, error.at, 1), what, fix="Take it out, or write what it is to close.")
    return after_the_end(error, seen, lines, file)


def after_the_end(error: UnreadableError, seen: Standing, lines: Sequence[str], file: str) -> Finding | None:
    """The finding of what stands behind a value that its quote or bracket has ended; None where nothing does."""
    before = seen.before
    if error.problem != "did not find expected key" or before is None or before.end[0] != error.at[0]:
        return None
    if before.kind not in CLOSING and not quoted(before, lines):
        return None
    line = lines[error.at[0] - 1].rstrip()
    place = at(file, error.at, max(1, len(line) + 1 - error.at[1]))
    fix = "Take it out, begin it with # if it is a comment, or put the whole value in quotes."
    return codes.SYNTAX.at(place, "this stands behind a value that has ended", fix=fix)


def at(file: str, where: Position, width: int) -> Place:
    """A stretch of one line."""
    return Place(file, *where, where[0], where[1] + width)


def swallowed(seen: Standing, lines: Sequence[str]) -> Token | None:
    """A quoted text of several lines behind which more stands: the quote that was to open another text has closed it."""
    found = seen.before
    if found is None or not quoted(found, lines) or not found.start[0] < found.end[0] == seen.at[0]:
        return None
    return None if lines[seen.at[0] - 1][found.end[1] - 1 : seen.at[1] - 1].strip() else found


def quoted(token: Token, lines: Sequence[str]) -> bool:
    """Whether a token is a text in quotes."""
    return token.kind == "Scalar" and lines[token.start[0] - 1][token.start[1] - 1] in "\"'"


def quote(begun: Position, end: Position | None, lines: Sequence[str], file: str) -> Finding:
    """The finding of a quote that is not closed on its line; `end` is what closed it after all."""
    sign = lines[begun[0] - 1][begun[1] - 1]
    what = f"the {sign} that opens here is not closed"
    fix = f"Write {sign} behind the text on line {begun[0]}."
    if end is None:
        return codes.UNCLOSED.at(at(file, begun, 1), what, fix=fix)
    closing = at(file, (end[0], end[1] - 1), 1)
    note = Related(closing, "this one closes it, though it seems to open another text")
    return codes.UNCLOSED.at(at(file, begun, 1), f"{what} before line {end[0]}", fix=fix, related=(note,))


def bracket(error: UnreadableError, seen: Standing, lines: Sequence[str], file: str) -> Finding | None:
    """The finding of a bracket that is not closed, or of a comma that is missing in one that is."""
    opened, here = seen.brackets[-1], seen.here
    outside = outdented(opened.start[0], error.at[0], lines)
    if outside is None and not error.problem.startswith(MISSED):
        return None
    if outside is None and here is not None and here.kind != "StreamEnd":
        return wrong(seen, file) if here.kind in CLOSING else comma(error, opened, lines, file)
    closing = "".join(ENDS[OPENING[each.kind]] for each in reversed(missing(seen.brackets, outside, lines)))
    fix = f"Write {closing} behind what stands on line {last_written(outside or len(lines) + 1, lines)}."
    related = (Related(content(outside, lines, file), "here it is missed"),) if outside else ()
    return open_still(opened, file, fix, related)


def wrong(seen: Standing, file: str) -> Finding:
    """The finding of a bracket that what closes another kind comes before."""
    opened, (line, column) = seen.brackets[-1], seen.at
    sign = OPENING[opened.kind]
    how = "in place of" if len(seen.brackets) == 1 else "before"
    fix = f"Write {ENDS[sign]} {how} what stands at line {line}, column {column}."
    return open_still(opened, file, fix, (Related(at(file, seen.at, 1), f"this closes no {sign}"),))


def open_still(opened: Token, file: str, fix: str, related: tuple[Related, ...]) -> Finding:
    """The finding of a bracket, at the place where it opens."""
    what = f"the {OPENING[opened.kind]} that opens here is not closed"
    return codes.UNCLOSED.at(at(file, opened.start, 1), what, fix=fix, related=related)


def comma(error: UnreadableError, opened: Token, lines: Sequence[str], file: str) -> Finding:
    """The finding of two entries with no comma between them."""
    number, column = error.at
    before = lines[number - 1][: column - 1]
    word = WORD.search(before) if lines[number - 1][column - 1 : column] == ":" else None
    begin = (number, word.start() + 1) if word else error.at
    first = word is not None and not before[: word.start()].strip()
    where = f"behind what stands on line {last_written(number, lines)}" if first else "before it"
    sign = OPENING[opened.kind]
    what = f"a comma is missing before this, or the {ENDS[sign]} that closes the {sign} of line {opened.start[0]}"
    related = (Related(at(file, opened.start, 1), f"the {sign} opens here"),)
    place = at(file, begin, max(1, column - begin[1]))
    return codes.SYNTAX.at(place, what, fix=f"Write a comma {where}, or {ENDS[sign]}.", related=related)


def outdented(first: int, last: int, lines: Sequence[str]) -> int | None:
    """The first line after that of a bracket which is no further to the right, so that it is none of what is in the bracket."""
    limit = indent(lines[first - 1])
    for number in range(first + 1, min(last, len(lines)) + 1):
        line = lines[number - 1]
        if written(line) and indent(line) <= limit and line.strip()[0] not in "]}":
            return number
    return None


def missing(brackets: Sequence[Token], outside: int | None, lines: Sequence[str]) -> Sequence[Token]:
    """The open brackets that a line is outside of: those of lines that are as far to the right or further."""
    least = indent(lines[outside - 1]) if outside else 0
    return [each for each in brackets if indent(lines[each.start[0] - 1]) >= least]


def last_written(limit: int, lines: Sequence[str]) -> int:
    """The last line before another on which something stands."""
    return next(number for number in range(limit - 1, 0, -1) if written(lines[number - 1]))


def written(line: str) -> bool:
    """Whether more than a comment stands on a line."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def indent(line: str) -> int:
    """How far a line is set in."""
    return len(line) - len(line.lstrip())


def content(number: int, lines: Sequence[str], file: str) -> Place:
    """What stands on a line."""
    line = lines[number - 1]
    return Place(file, number, indent(line) + 1, number, len(line.rstrip()) + 1)
