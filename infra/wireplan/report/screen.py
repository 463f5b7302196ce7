"""What may go to a terminal, and in which colour."""

from collections.abc import Mapping
from dataclasses import dataclass

from wireplan.findings import Severity

BOLD, DIM, RED, GREEN, YELLOW, CYAN = "1", "2", "31", "32", "33", "36"
COLOURS: Mapping[Severity, str] = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.NOTE: CYAN}

SPANS = ((259_200, 86_400, "d"), (7_200, 3_600, "h"), (120, 60, "min"))
"""From so many seconds on a time is told in units of so many."""

WIDTH = 120
NARROWEST = 40


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a report is read: whether it shows colours, and how many columns it has."""

    colour: bool = False
    width: int = WIDTH


PLAIN = Screen()


def printable(text: str) -> str:
    """The text without control characters, which a hostile file could use to move the cursor."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def painted(text: str, *styles: str, colour: bool) -> str:
    """The text in an ANSI style, when there is colour."""
    return f"\x1b[{';'.join(styles)}m{text}\x1b[0m" if colour and text else text


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def span(seconds: float) -> str:
    """Seconds in the largest unit that gives two figures or the last: 95 s, 12 min, 40 h, 3 d."""
    for least, size, unit in SPANS:
        if seconds >= least:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
