"""Lines of the source with carets under what is spoken of; a secret's text is never among them."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from wireplan.findings import Finding, Place

WIDEST = 110
HIDDEN = "*" * 8
ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of one line to point at, and words to its right."""

    place: Place
    note: str = ""
    main: bool = False


def secrets(findings: Iterable[Finding]) -> tuple[Place, ...]:
    """The places whose text must not be shown in any excerpt of these findings."""
    return tuple(finding.at for finding in findings if finding.secret)


def excerpt(sources: Mapping[str, str], marks: Iterable[Mark], hidden: Iterable[Place] = ()) -> list[str]:
    """The marked lines in order, each with its number and a line of carets; notes stand right of them.

    Marks in another file than the main one, or at lines that are not there, are said as places.
    """
    ordered = sorted(marks, key=lambda mark: (not mark.main, mark.place))
    main = ordered[0].place
    near = [mark for mark in ordered if mark.place.file == main.file and line_of(sources, mark.place)]
    width = max((len(str(mark.place.line)) for mark in near), default=1)
    out: list[str] = []
    last = 0
    for mark in sorted(near, key=lambda mark: mark.place):
        if last and mark.place.line > last + 1:
            out.append(f"{ELLIPSIS:>{width + 3}}")
        out.extend(pointed(sources, mark, width, hidden, repeat=mark.place.line == last))
        last = mark.place.line
    out.extend(f"   {mark.place}: {mark.note}" for mark in ordered if mark.note and mark not in near)
    return out


def line_of(sources: Mapping[str, str], place: Place) -> str:
    """The text of the place's line; empty where it is unknown."""
    lines = lines_of(sources.get(place.file, ""))
    return lines[place.line - 1] if 0 < place.line <= len(lines) else ""


@lru_cache(maxsize=4)
def lines_of(text: str) -> list[str]:
    """The lines of a file; kept, since each finding asks for some."""
    return text.splitlines()


def pointed(
    sources: Mapping[str, str], mark: Mark, width: int, hidden: Iterable[Place], *, repeat: bool
) -> list[str]:
    """One line and its carets; a line shown just before is not repeated."""
    line = line_of(sources, mark.place)
    start, end = stretch(mark.place, line)
    text, start, end = windowed(masked(line, mark.place, hidden), start, end)
    gutter = " " * width
    before = "".join("\t" if letter == "\t" else " " * cells(letter) for letter in text[:start])
    sign = "^" if mark.main else "-"
    carets = (sign * max(1, sum(cells(letter) for letter in text[start:end]))) if end > start else sign
    shown = [] if repeat else [f"   {mark.place.line:>{width}} | {text}"]
    return [*shown, f"   {gutter} | {before}{carets} {mark.note}".rstrip()]


def stretch(place: Place, line: str) -> tuple[int, int]:
    """First and past-the-last column to point at, from 0, within the line."""
    start = min(max(place.column - 1, 0), len(line))
    same_line = place.end_line in (0, place.line)
    end = place.end_column - 1 if same_line and place.end_column > place.column else len(line.rstrip())
    if not place.end_column:
        end = start + 1
    return start, max(start, min(end, len(line)))


def masked(line: str, place: Place, hidden: Iterable[Place]) -> str:
    """The line with every secret stretch on it replaced by stars of the same length."""
    for secret in hidden:
        last = max(secret.line, secret.end_line)
        if secret.file != place.file or not secret.line <= place.line <= last:
            continue
        start = secret.column - 1 if place.line == secret.line else 0
        end = secret.end_column - 1 if secret.end_column and place.line == last else len(line)
        line = line[:start] + "*" * (end - start) + line[end:]
    return line


def windowed(line: str, start: int, end: int) -> tuple[str, int, int]:
    """A window of a long line around the stretch, with dots where it was cut."""
    if len(line) <= WIDEST:
        return line, start, end
    first = 0 if end <= WIDEST - len(ELLIPSIS) else max(0, start - WIDEST // 3)
    text = line[first : first + WIDEST]
    end = min(end, first + WIDEST)
    lead = ELLIPSIS if first else ""
    tail = ELLIPSIS if first + WIDEST < len(line) else ""
    return lead + text + tail, start - first + len(lead), end - first + len(lead)


def cells(letter: str) -> int:
    """Columns that a letter takes on a terminal."""
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
