"""A text parsed again after an edit: what did not change keeps its nodes and its data, so that typing in a large file is not slow.

A piece is an entry of the top level, or of a block map right below it: from its key to the next one. Each is composed alone, with a
key of ours behind it, so that its marks are those of the whole. Where pieces cannot be told apart for certain, or one of them has a
fault, the whole text is parsed as ever: the result is that of `parse` in any case (tests/load/test_pieces.py).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from yaml.error import Mark
from yaml.nodes import MappingNode, Node, SequenceNode

from wireplan.findings import Finding
from wireplan.load import composer
from wireplan.load.document import Document, Shift, moved
from wireplan.load.hidden import quiet
from wireplan.load.limits import NESTED, VALUES
from wireplan.load.parse import Walk, parse

STRANGE = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
"""What ends a line for libyaml, and for no regular expression."""
TOP = re.compile(r"\n[^ \r\n#]")  # a pattern that begins with a letter is four times as fast as one with ^
FIRST = re.compile(r"(?m)^( +)[^ \r\n#]")
KEYISH = re.compile(r"[A-Za-z0-9_\"']")
ITEM = re.compile(r"-(?:[ \r\n]|\Z)")
HEAD = re.compile(r"[\w.\"'-]+:[ \t]*(?:#[^\n]*)?\r?\n")
"""A key whose value, if any, stands on the lines below it."""
OURS = "x:\n"
NOTHING: Any = object()


@dataclass(frozen=True, slots=True)
class Stretch:
    """The text of an entry, its column, and whether a map that is not the top level ends with it."""

    text: str
    indent: int = 0
    last: bool = False


Pair = tuple[Node, Node]
Ends = tuple[tuple[int, int], tuple[int, int]]
"""Line and column where the map that an entry is in ends, and where the whole does."""
Section = Sequence[Stretch]
"""A part of the top level: one entry, or the head of a map and the entries in it."""


@dataclass(slots=True)
class Piece:
    """An entry that was composed alone. `shift` is where it stands now; `data` is kept where the walk found no fault."""

    key: Node
    value: Node
    shift: Shift
    net: int
    peak: int
    ends: Ends | None
    data: Any = NOTHING
    count: int = 0


@dataclass
class Pieces:
    """What is kept of one file from parse to parse."""

    kept: dict[Stretch, list[Piece]] = field(default_factory=dict[Stretch, list[Piece]])

    def parse(self, text: str, file: str) -> tuple[Document, tuple[Finding, ...]]:
        """The same as `wireplan.load.parse.parse`, in a time that follows from the edit, not from the file."""
        sections = split(text)
        root = self.assembled(sections) if sections else None
        if root is not None:
            walk = Rewalk(file, self.kept)
            document = Document(file, walk.value(root), root, {file: text})
            if walk.count <= VALUES:
                return document, tuple(quiet(walk.findings, document))
        document, found = parse(text, file)
        return document, tuple(found)

    def readable(self, text: str, file: str) -> Document:
        """What can be read of a text with faults: the entries that are whole."""
        root = self.assembled(split(text, strict=False) or (), strict=False) or mapping([], 0, (0, 0))
        return Document(file, Rewalk(file, self.kept).value(root), root, {file: text})

    def assembled(self, sections: Sequence[Section], *, strict: bool = True) -> MappingNode | None:
        """The node tree of the whole; None where a piece has a fault, unless such pieces are left out."""
        spare = {stretch: list(pieces) for stretch, pieces in self.kept.items()}
        fresh: dict[Stretch, list[Piece]] = {}
        taken: list[tuple[Section, list[Piece | None]]] = []
        for section in sections:
            pieces: list[Piece | None] = []
            for stretch in section:
                piece = spare[stretch].pop() if spare.get(stretch) else composed(stretch)
                if piece is not None:
                    fresh.setdefault(stretch, []).append(piece)
                elif strict:
                    return None
                pieces.append(piece)
            taken.append((section, pieces))
        if too_deep(taken):
            return None
        self.kept = fresh
        return placed(taken)


def too_deep(taken: Sequence[tuple[Section, list[Piece | None]]]) -> bool:
    """Whether brackets, counted as `composer.deep` counts them, are nested too deep over all pieces."""
    depth = 0
    for _, pieces in taken:
        for piece in pieces:
            if piece is not None:
                if depth + piece.peak > NESTED:
                    return True
                depth += piece.net
    return False


def placed(taken: Sequence[tuple[Section, list[Piece | None]]]) -> MappingNode:
    """The tree of all pieces, each told where it stands."""
    line = index = 0
    pairs: list[Pair] = []
    ends: Ends = ((0, 0), (0, 0))
    for section, pieces in taken:
        inner: list[Pair] = []
        for stretch, piece in zip(section, pieces, strict=True):
            lines = stretch.text.count("\n")
            ends = (line + lines, 0), (line + lines, 0)
            if piece is not None:
                piece.shift.line, piece.shift.index = line, index
                if stretch.indent:  # composed below a key of ours
                    piece.shift.line, piece.shift.index = line - 1, index - len(OURS)
                (inner if stretch.indent else pairs).append((piece.key, piece.value))
                if piece.ends:
                    ends = below(piece.ends[0], piece.shift), below(piece.ends[1], piece.shift)
            line += lines
            index += len(stretch.text)
        if inner and pieces[0] is not None:
            pairs[-1] = (pairs[-1][0], mapping(inner, section[1].indent, ends[0]))
    return mapping(pairs, 0, ends[1])


def below(end: tuple[int, int], shift: Shift) -> tuple[int, int]:
    """An end in the whole text."""
    return end[0] + shift.line, end[1]


def mapping(pairs: list[Pair], column: int, end: tuple[int, int]) -> MappingNode:
    """A map of pieces, from its first key to what ends it."""
    begin = moved(pairs[0][0]).line + pairs[0][0].start_mark.line if pairs else 0
    marks = [Mark("", 0, at, where, None, 0) for at, where in ((begin, column), end)]
    return MappingNode("map", pairs, marks[0], marks[1])


class Rewalk(Walk):
    """The walk over a tree of pieces: what was walked before without a fault is not walked again."""

    def __init__(self, file: str, kept: dict[Stretch, list[Piece]]) -> None:
        super().__init__(file)
        self.known = {id(piece.value): piece for pieces in kept.values() for piece in pieces}

    def value(self, node: Node, depth: int = 0) -> Any:
        """The plain data of a node."""
        piece = self.known.get(id(node))
        if piece is None:
            return super().value(node, depth)
        if piece.data is not NOTHING:
            self.count += piece.count
            return piece.data
        findings, count = len(self.findings), self.count
        data = super().value(node, depth)
        if len(self.findings) == findings:
            piece.data, piece.count = data, self.count - count
        return data


def split(text: str, *, strict: bool = True) -> list[Section] | None:
    """The sections of a text; None where they cannot be told for certain. Not `strict`: what is odd counts to what stands before it."""
    if not (text.isascii() and "\r" not in text) and STRANGE.search(text):
        return None
    found = entries(text, TOP, strict=strict)
    if not found or not comments(text[: found[0]]):
        return None
    begins = [0, *found[1:], len(text)]
    sections: list[Section] = []
    for begin, end, key in zip(begins, begins[1:], found, strict=False):
        section = divided(text[begin:end], key - begin, strict=strict)
        if section is None:
            return None
        sections.append(section)
    return sections


def comments(text: str) -> bool:
    """Whether a text is comments and empty lines only."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.split("\n"))


def entries(text: str, begins: re.Pattern[str], *, strict: bool) -> list[int] | None:
    """Where the entries of a block map begin; None where a line is no key and no item of the entry before it."""
    found: list[int] = []
    for line in begins.finditer("\n" + text):  # where a line ends there, the next one begins in the text
        at = line.end() - 2
        if KEYISH.match(text, at):
            found.append(line.start())
        elif strict and not (found and ITEM.match(text, at)):
            return None
    return found


def divided(text: str, key: int, *, strict: bool) -> Section | None:
    """A section whose key begins at `key`: as one entry, or as the head of a block map and its entries."""
    whole = (Stretch(text),)
    head = HEAD.match(text, key)
    first = FIRST.search(text, head.end()) if head else None
    if head is None or first is None or not KEYISH.match(text, first.end() - 1):
        return whole
    if not comments(text[head.end() : first.start()]):  # items of a list, as far left as their key
        return whole
    indent = len(first[1])
    lines = re.compile(rf"\n {{1,{indent}}}[^ \r\n#]")
    found = entries(text, lines, strict=strict)
    if found is None:
        return None
    if any(text[at : at + indent].strip(" ") for at in found):  # some stand further left
        return whole
    ends = [*found[1:], len(text)]
    inner = [
        Stretch(text[begin:end], indent, end == len(text)) for begin, end in zip(found, ends, strict=True)
    ]
    return (Stretch(text[: found[0]]), *inner)


def composed(stretch: Stretch) -> Piece | None:
    """The piece of an entry, or None where it is not one sound entry."""
    before = OURS if stretch.indent else ""
    whole = before + stretch.text + behind(stretch)
    if composer.deep(whole):
        return None
    try:
        if next(composer.anchors(whole), None):
            return None
        root = composer.compose(whole)
    except (composer.UnreadableError, RecursionError):
        return None
    if not isinstance(root, MappingNode) or (pair := sole(root, stretch)) is None:
        return None
    shift = Shift()
    stamp(pair, shift)
    return Piece(*pair, shift, *nesting(stretch.text), None if behind(stretch) else ends(root))


def ends(root: MappingNode) -> Ends:
    """Where the map that an entry is in ends, and where the whole does: for a text that does not end its last line."""
    inside: Node = root.value[0][1]
    return (inside.end_mark.line, inside.end_mark.column), (root.end_mark.line, root.end_mark.column)


def behind(stretch: Stretch) -> str:
    """The key of ours that is put behind an entry; none where the text ends without ending its last line."""
    if not stretch.text.endswith("\n"):
        return ""
    return OURS if stretch.last else " " * stretch.indent + OURS


def stamp(pair: Pair, shift: Shift) -> None:
    """Tell the nodes of a piece by what their marks are to be moved."""
    stack = list(pair)
    while stack:
        node = stack.pop()
        node.shift = shift  # pyright: ignore[reportAttributeAccessIssue]
        if isinstance(node, MappingNode):
            stack.extend(part for each in node.value for part in each)
        elif isinstance(node, SequenceNode):
            stack.extend(node.value)


def nesting(text: str) -> tuple[int, int]:
    """By how much a text's brackets deepen what follows, and how deep they go."""
    depth = peak = 0
    for bracket in composer.BRACKETS.findall(text):
        depth += 1 if bracket in "[{" else -1
        peak = max(peak, depth)
    return depth, peak


def sole(root: MappingNode, stretch: Stretch) -> Pair | None:
    """Key and value of the one entry between our keys."""
    ours = 1 if behind(stretch) else 0
    pairs: list[Pair] = root.value
    if stretch.indent:
        around = 1 + ours if stretch.last else 1
        inside = pairs[0][1] if len(pairs) == around else None
        pairs = inside.value if isinstance(inside, MappingNode) else []
        ours = 0 if stretch.last else ours
    if len(pairs) != 1 + ours or pairs[0][0].start_mark.column != stretch.indent:
        return None
    return pairs[0]
