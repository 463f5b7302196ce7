"""What is open where a text could not be read further: brackets, and the maps and lists of the lines above with their columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from wireplan.load.composer import Position, Token, tokens
from wireplan.load.document import Path

OPENING = {"FlowSequenceStart": "[", "FlowMappingStart": "{"}
CLOSING = {"FlowSequenceEnd": "]", "FlowMappingEnd": "}"}


@dataclass(slots=True)
class Level:
    """A map or list in block style: the column of its keys or dashes, the last of them, and how many there are.

    `items` are those of a list that is as far left as its key.
    """

    column: int
    map: bool
    name: str = ""
    last: Position = (0, 0)
    count: int = 0
    items: int = 0
    dash: Position = (0, 0)


@dataclass(frozen=True, slots=True)
class Siblings:
    """Keys of a map, or items of a list, in block style: their column, the path of what they are in, the last and their number.

    `parent` is the column of what they are below; 0 of the top level. `name` is the last key's.
    """

    column: int
    path: Path
    last: Position
    count: int
    map: bool
    parent: int = 0
    name: str = ""


@dataclass(slots=True)
class Standing:
    """How things stand at a position: open brackets, levels of the lines before, and the tokens before and at it."""

    at: Position
    brackets: list[Token] = field(default_factory=list[Token])
    levels: list[Level] = field(default_factory=list[Level])
    before: Token | None = None
    here: Token | None = None

    def take(self, token: Token) -> None:
        """Go on by one token."""
        if token.start >= self.at:
            self.here = self.here or token
            return
        if token.kind in OPENING:
            self.brackets.append(token)
        elif token.kind in CLOSING and self.brackets:
            self.brackets.pop()
        elif not self.brackets and token.start[0] < self.at[0]:
            self.block(token)
        self.before = token

    def block(self, token: Token) -> None:
        """Go on by one token outside of brackets."""
        top = self.levels[-1] if self.levels else None
        if token.kind in ("BlockMappingStart", "BlockSequenceStart"):
            self.levels.append(Level(token.start[1], token.kind == "BlockMappingStart"))
        elif top is None:
            return
        elif token.kind == "BlockEnd":
            self.levels.pop()
        elif token.kind == "BlockEntry":
            top.items, top.dash = top.items + 1, token.start
        elif token.kind == "Key":
            top.name, top.last, top.count, top.items = "", token.start, top.count + 1, 0
        elif token.kind == "Scalar" and token.start == top.last:
            top.name = token.text

    def siblings(self) -> Iterator[Siblings]:
        """The maps and lists that the next line might go on with, the outermost first."""
        path: Path = ()
        parent = 0
        for level in self.levels:
            if level.map and level.count:
                yield Siblings(level.column, path, level.last, level.count, True, parent, level.name)
                path, parent = (*path, level.name), level.column
            if level.items:
                yield Siblings(level.dash[1], path, level.dash, level.items, False, parent)
                path, parent = (*path, level.items - 1), level.dash[1]


def standing(text: str, at: Position) -> Standing:
    """How things stand at a position of a text."""
    found = Standing(at)
    for token in tokens(text, at):
        found.take(token)
    return found
