"""How wide a text will be: nobody asks a font, so that a picture is the same on every machine."""

import unicodedata

NARROW = frozenset("iljtfrI.,:;'|!()[] -")
BROAD = frozenset("mwMW@%")
"""Letters of a sans-serif face, in classes; the widths are those of DejaVu Sans, the widest of the faces that a page may get."""

MONOSPACE = 0.602
"""Width of a letter of a monospaced face, in its size: Menlo and DejaVu Sans Mono have this, others less."""


def width(text: str, size: float) -> float:
    """Pixels of a text in a sans-serif face of that size, semi-bold."""
    return sum(map(letter, text)) * size


def letter(sign: str) -> float:
    """The width of one letter in a face of size 1."""
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.02
    if sign in NARROW:
        return 0.4
    return 0.98 if sign in BROAD else 0.74 if sign.isupper() else 0.65


def even(text: str, size: float) -> float:
    """Pixels of a text in a monospaced face."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text) * MONOSPACE * size


def shortened(text: str, longest: int) -> str:
    """The text, with dots in its middle where it is longer: both ends of a name tell it from others."""
    if len(text) <= longest:
        return text
    head = (longest - 1) // 2
    return f"{text[:head]}\u2026{text[head + 1 - longest :]}"
