"""The finding of a text that libyaml refuses: in the words of what a person has mistyped, where that can be told, else in libyaml's."""

from dataclasses import replace

from wireplan.findings import Finding, Place
from wireplan.load import codes
from wireplan.load.composer import UnreadableError
from wireplan.load.edits import lines_of
from wireplan.load.indentation import uneven
from wireplan.load.standing import Standing, standing
from wireplan.load.unclosed import unclosed


def syntax(error: UnreadableError, text: str, file: str) -> Finding:
    """The finding of a text that libyaml refuses."""
    place = Place(file, *error.at)
    if error.encoding:
        return codes.ENCODING.at(place, error.said)
    if "but found another document" in error.problem:
        return codes.DOCUMENTS.at(place, "a second document begins here")
    lines = lines_of(text)
    line = lines[error.at[0] - 1] if error.at[0] <= len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        return codes.TAB.at(Place(file, error.at[0], indent.index("\t") + 1), "a tab in the indentation")
    seen = standing(text, error.at)
    return (
        unclosed(error, seen, lines, file)
        or colonless(error, seen, lines, file)
        or uneven(error, seen, lines, file)
        or crowded(error, line, place)
        or codes.SYNTAX.at(place, error.said)
    )


def colonless(error: UnreadableError, seen: Standing, lines: list[str], file: str) -> Finding | None:
    """The finding of a line that is no key, since it has no colon, or no space behind it; None where it is another fault."""
    scalar = seen.before
    if error.problem == "could not find expected ':'":
        number, column = error.begun
    elif scalar and scalar.kind == "Scalar" and scalar.start[0] < scalar.end[0] == error.at[0]:
        number, column = scalar.start
    else:
        return None
    line = lines[number - 1]
    if line[: column - 1].strip() or line[column - 1 : column] in "\"'":
        return None
    at = Place(file, number, column, number, len(line.rstrip()) + 1)
    glued = ":" in line[column - 1 :]
    what = "no space stands behind the colon" if glued else "this line has no colon, so it is no key"
    fix = (
        'Write "key: value", with a space.'
        if glued
        else 'Write a colon behind the key: "key:" or "key: value".'
    )
    return replace(codes.SYNTAX.at(at, what, fix=fix), secret=glued)


def crowded(error: UnreadableError, line: str, place: Place) -> Finding | None:
    """The finding of a line on which a second colon stands; None where it is another fault."""
    if not error.problem.startswith("mapping values") or ":" not in line[: error.at[1] - 1]:
        return None
    fix = "Put the value in quotes if it is a text; write {key: value} if it is a map."
    return codes.SYNTAX.at(place, "a second colon stands on this line", fix=fix)
