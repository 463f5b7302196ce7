"""A text parsed again after an edit: what did not change keeps its nodes and its data, so that typing in a large file is not slow.

A piece is an entry of the top level, or of a block map right below it (`wireplan.load.stretches`). Each is composed alone, with a key
of ours behind it, and told where it stands. Where pieces cannot be told apart for certain, or one of them has a fault, the whole text
is parsed as ever: the result is that of `parse` in any case (tests/load/test_pieces.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yaml.error import Mark
from yaml.nodes import MappingNode, Node

from wireplan.findings import Finding
from wireplan.load import composer
from wireplan.load.document import STILL, Document, Pair, Shift, every
from wireplan.load.hidden import quiet
from wireplan.load.limits import NESTED, VALUES
from wireplan.load.parse import Walk, parse
from wireplan.load.stretches import Section, Stretch, split

OURS = "x:\n"
NOTHING: Any = object()
Ends = tuple[tuple[int, int], tuple[int, int]]
"""Line and column where the map that an entry is in ends, and where the whole does."""


@dataclass(slots=True)
class Piece:
    """An entry that was composed alone: its nodes, what it adds to the depth of brackets. `data` is kept where the walk found no fault."""

    key: Node
    value: Node
    nodes: Sequence[Node]
    net: int
    peak: int
    ends: Ends | None
    data: Any = NOTHING
    count: int = 0


Taken = Sequence[tuple[Section, Sequence[Piece | None]]]
"""The sections of a text, each with its pieces; None for one with a fault."""


class Moved(Mapping[Node, Shift]):
    """By what nodes are moved: each by as much as the key of its piece. `owners` are the keys of nodes, `shifts` what moves them now."""

    def __init__(self, owners: Mapping[Node, Node], shifts: Mapping[Node, Shift]) -> None:
        self.owners = owners
        self.shifts = shifts

    def __getitem__(self, node: Node) -> Shift:
        return self.shifts[self.owners[node]]

    def __iter__(self) -> Iterator[Node]:
        return (node for node in self.owners if self.owners[node] in self.shifts)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class Tree:
    """The nodes of a whole, put together of pieces, and by what the key of each piece is moved."""

    root: MappingNode
    shifts: Mapping[Node, Shift]


@dataclass
class Pieces:
    """What is kept of one file from parse to parse."""

    kept: dict[Stretch, list[Piece]] = field(default_factory=dict[Stretch, list[Piece]])
    owners: dict[Node, Node] = field(default_factory=dict[Node, Node])
    """The key of the piece that a node is in, also of some that are no longer kept."""
    stale: int = 0

    def parse(self, text: str, file: str) -> tuple[Document, tuple[Finding, ...]]:
        """The same as `wireplan.load.parse.parse`, in a time that follows from the edit, not from the file."""
        sections = split(text)
        tree = self.assembled(sections) if sections else None
        if tree is not None:
            moved = Moved(self.owners, tree.shifts)
            walk = Rewalk(file, moved, self.kept)
            document = Document(file, walk.value(tree.root), tree.root, {file: text}, (moved,))
            if walk.count <= VALUES:
                return document, tuple(quiet(walk.findings, document))
        document, found = parse(text, file)
        return document, tuple(found)

    def readable(self, text: str, file: str) -> Document:
        """What can be read of a text with faults: the entries that are whole."""
        tree = self.assembled(split(text, strict=False) or (), strict=False) or placed(())
        moved = Moved(self.owners, tree.shifts)
        data = Rewalk(file, moved, self.kept).value(tree.root)
        return Document(file, data, tree.root, {file: text}, (moved,))

    def assembled(self, sections: Sequence[Section], *, strict: bool = True) -> Tree | None:
        """The node tree of the whole; None where a piece has a fault, unless such pieces are left out."""
        spare = {stretch: list(pieces) for stretch, pieces in self.kept.items()}
        fresh: dict[Stretch, list[Piece]] = {}
        made: list[Piece] = []
        taken: list[tuple[Section, list[Piece | None]]] = []
        for section in sections:
            pieces: list[Piece | None] = []
            for stretch in section:
                if known := spare.get(stretch):
                    piece = known.pop()
                elif piece := composed(stretch):
                    made.append(piece)
                elif strict:
                    return None
                if piece is not None:
                    fresh.setdefault(stretch, []).append(piece)
                pieces.append(piece)
            taken.append((section, pieces))
        if too_deep(taken):
            return None
        self.keep(fresh, made, [piece for pieces in spare.values() for piece in pieces])
        return placed(taken)

    def keep(self, fresh: dict[Stretch, list[Piece]], made: Sequence[Piece], gone: Sequence[Piece]) -> None:
        """Keep some pieces. The nodes of others are forgotten when they are many, by documents that are made from then on."""
        for piece in made:
            self.owners.update(dict.fromkeys(piece.nodes, piece.key))
        self.kept = fresh
        self.stale += sum(len(piece.nodes) for piece in gone)
        if self.stale > len(self.owners) // 2:
            kept = [piece for pieces in fresh.values() for piece in pieces]
            self.owners = {node: piece.key for piece in kept for node in piece.nodes}
            self.stale = 0


def too_deep(taken: Taken) -> bool:
    """Whether brackets, counted as `composer.deep` counts them, are nested too deep over all pieces."""
    depth = 0
    for _, pieces in taken:
        for piece in pieces:
            if piece is not None:
                if depth + piece.peak > NESTED:
                    return True
                depth += piece.net
    return False


def placed(taken: Taken) -> Tree:
    """The tree of all pieces, each told where it stands."""
    line = index = 0
    pairs: list[Pair] = []
    shifts: dict[Node, Shift] = {}
    ends: Ends = ((0, 0), (0, 0))
    for section, pieces in taken:
        inner: list[Pair] = []
        for stretch, piece in zip(section, pieces, strict=True):
            lines = stretch.text.count("\n")
            ends = (line + lines, 0), (line + lines, 0)
            if piece is not None:
                above = len(OURS) if stretch.indent else 0  # composed below a key of ours
                by = Shift(line - 1 if above else line, index - above)
                shifts[piece.key] = by
                (inner if stretch.indent else pairs).append((piece.key, piece.value))
                if piece.ends:
                    ends = lower(piece.ends[0], by), lower(piece.ends[1], by)
            line += lines
            index += len(stretch.text)
        if inner and pieces[0] is not None:
            pairs[-1] = (pairs[-1][0], mapping(inner, shifts, section[1].indent, ends[0]))
    return Tree(mapping(pairs, shifts, 0, ends[1]), shifts)


def lower(end: tuple[int, int], by: Shift) -> tuple[int, int]:
    """An end in the whole text."""
    return end[0] + by.line, end[1]


def mapping(
    pairs: list[Pair], shifts: Mapping[Node, Shift], column: int, end: tuple[int, int]
) -> MappingNode:
    """A map of pieces, from its first key to what ends it."""
    first = pairs[0][0] if pairs else None
    begin = shifts.get(first, STILL).line + first.start_mark.line if first else 0
    marks = [Mark("", 0, at, where, None, 0) for at, where in ((begin, column), end)]
    return MappingNode("map", pairs, marks[0], marks[1])


class Rewalk(Walk):
    """The walk over a tree of pieces: what was walked before without a fault is not walked again."""

    def __init__(self, file: str, moved: Mapping[Node, Shift], kept: dict[Stretch, list[Piece]]) -> None:
        super().__init__(file, moved)
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
    nodes = tuple(every(*pair))
    return Piece(*pair, nodes, *nesting(stretch.text), None if behind(stretch) else ends(root))


def ends(root: MappingNode) -> Ends:
    """Where the map that an entry is in ends, and where the whole does: for a text that does not end its last line."""
    inside: Node = root.value[0][1]
    return (inside.end_mark.line, inside.end_mark.column), (root.end_mark.line, root.end_mark.column)


def behind(stretch: Stretch) -> str:
    """The key of ours that is put behind an entry; none where the text ends without ending its last line."""
    if not stretch.text.endswith("\n"):
        return ""
    return OURS if stretch.last else " " * stretch.indent + OURS


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
