"""Two ways to count in one text: YAML's lines and letters from 1, the protocol's lines and code units from 0."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from wireplan.findings import Place
from wireplan.load.edits import BREAK

LINE = re.compile("\r\n|\n|\r")
"""What ends a line in the protocol. YAML knows three more letters that do (`BREAK`)."""
WORD = re.compile(r"[\w.\-/]+")

Position = tuple[int, int]
"""Line and code unit, from 0."""


def units(text: str, encoding: str) -> int:
    """How many code units a text takes in utf-8, utf-16 or utf-32."""
    if text.isascii() or encoding == "utf-32":
        return len(text)
    return len(text.encode(encoding + ("-le" if encoding == "utf-16" else ""), "surrogatepass")) // (
        2 if encoding == "utf-16" else 1
    )


@dataclass(frozen=True)
class Text:
    """A file's text. `encoding` is how the editor counts."""

    text: str
    encoding: str = "utf-16"

    @cached_property
    def lines(self) -> list[int]:
        """Where the protocol's lines begin, in letters."""
        if self.same:
            return [0, *accumulate(len(line) + 1 for line in self.text.split("\n")[:-1])]
        return [0, *(found.end() for found in LINE.finditer(self.text))]

    @cached_property
    def same(self) -> bool:
        """Whether both count alike, and a letter is a code unit: what most files are, and what is fast."""
        return self.text.isascii() and "\r" not in self.text

    @cached_property
    def yaml_lines(self) -> list[int]:
        """Where YAML's lines begin."""
        return self.lines if self.same else [0, *(found.end() for found in BREAK.finditer(self.text))]

    def offset(self, position: Position) -> int:
        """The letter at a position of the protocol; beyond a line's end its end."""
        line, unit = position
        if line >= len(self.lines):
            return len(self.text)
        begin = self.lines[line]
        end = LINE.search(self.text, begin)
        content = self.text[begin : end.start() if end else len(self.text)]
        if content.isascii() or self.encoding == "utf-32":
            return begin + min(unit, len(content))
        taken = 0
        for number, letter in enumerate(content):
            if taken >= unit:
                return begin + number
            taken += units(letter, self.encoding)
        return begin + len(content)

    def position(self, offset: int) -> Position:
        """The protocol's position of a letter."""
        line = bisect_right(self.lines, offset) - 1
        return line, units(self.text[self.lines[line] : offset], self.encoding)

    def place(self, position: Position) -> tuple[int, int]:
        """YAML's line and column, from 1, of a position of the protocol."""
        offset = self.offset(position)
        line = bisect_right(self.yaml_lines, offset) - 1
        return line + 1, offset - self.yaml_lines[line] + 1

    def letters(self, place: Place) -> tuple[int, int]:
        """First and past-the-last letter of a place; of one without an end, the word that begins there."""
        begin = self.letter(place.line, place.column)
        if place.end_column:
            return begin, max(begin, self.letter(place.end_line or place.line, place.end_column))
        word = WORD.match(self.text, begin)
        return begin, word.end() if word else min(begin + 1, self.line_end(begin))

    def letter(self, line: int, column: int) -> int:
        """The letter at a line and column of YAML."""
        if line > len(self.yaml_lines):
            return len(self.text)
        return min(self.yaml_lines[max(line, 1) - 1] + column - 1, len(self.text))

    def line_end(self, offset: int) -> int:
        """Where the line of a letter ends."""
        found = LINE.search(self.text, offset)
        return found.start() if found else len(self.text)

    def range(self, place: Place) -> tuple[Position, Position]:
        """The protocol's range of a place."""
        if self.same and place.end_column and place.end_line <= len(self.lines):
            return (place.line - 1, place.column - 1), (place.end_line - 1, place.end_column - 1)
        begin, end = self.letters(place)
        return self.position(begin), self.position(end)
