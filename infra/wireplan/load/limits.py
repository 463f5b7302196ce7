"""How much of a file is read, and how much is said of it: a mistaken or hostile file ends in a finding, soon and without taking all memory.

A topology of 1000 services is 0.4 MB, 25,000 values and 6 deep.
"""

BYTES = 8 * 1024 * 1024
VALUES = 300_000
"""Keys and values of a file, counted once it is taken apart."""
MARKS = 3 * VALUES
"""What may begin a value, counted before a text is taken apart: a value takes some 700 bytes of memory then, a mark one byte of the text."""
DEPTH = 40
NESTED = 400
"""Brackets open at once in the text: far below what libyaml before 0.2.6 recurses to before it overruns its stack."""
ANCHORS = 100
"""Anchors and aliases that are told; none is followed."""
DIGITS = 30
FAULTS = 10_000
"""Faults of the shape, and of the references, that are told: more come from one cause."""
REMOVED = 1000
"""Wrong values that are taken out so that the rest can be looked at; each copies what it stood in."""
NAMES = 500
"""Names among which the nearest is looked for; of more, those next to it in the alphabet."""
LETTERS = 200
"""Of a name that is looked for among others: the longest that any place allows is 180."""
WORDS = 2000
"""Letters of one sentence of a finding, whatever stands in the file that it speaks of."""


def marks(text: str) -> int:
    """As many as there can be values in a text, or more: each begins at a line, a dash, a bracket, a comma; a colon begins two, a map and its value."""
    return 2 * text.count(":") + sum(
        map(text.count, ("\n", "\r", ",", "[", "{", "- ", "? ", "\x85", "\u2028", "\u2029"))
    )


def crowded(text: str) -> bool:
    """Whether a text may hold more values than are taken apart. A short one cannot."""
    return 2 * len(text) > MARKS and marks(text) > MARKS


def brief(words: str) -> str:
    """A sentence that a person can be shown."""
    return words if len(words) <= WORDS else f"{words[: WORDS - 3]}..."
