"""What stands where in a file: the key or value at a position, and all of them in their order, each with its path."""

from collections.abc import Iterator
from dataclasses import dataclass

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from wireplan.findings import Place
from wireplan.load.document import Document, Path, pairs, place_of


@dataclass(frozen=True, slots=True)
class Spot:
    """A key, or a plain value. `path` is that of the value that it names or is; items of lists are counted."""

    path: Path
    key: bool
    at: Place
    text: str

    @property
    def inner(self) -> Place:
        """Its text without quotes; the whole where it is written otherwise than it reads."""
        at, extra = self.at, self.at.end_column - self.at.column - len(self.text)
        if at.line != at.end_line or extra not in (0, 2):
            return at
        edge = extra // 2
        return Place(at.file, at.line, at.column + edge, at.line, at.end_column - edge)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value: the stretch of both, that of the key, and what is below."""

    path: Path
    name: str
    at: Place
    whole: Place
    map: bool


def spots(document: Document) -> Iterator[Spot]:
    """Every key and plain value of one file."""
    if document.root is not None:
        yield from below(document.root, (), document.file)


def below(node: Node, path: Path, file: str) -> Iterator[Spot]:
    """Those of a node."""
    if isinstance(node, MappingNode):
        for key, value in pairs(node):
            if isinstance(key, ScalarNode):
                inside = (*path, str(key.value))
                yield Spot(inside, key=True, at=place_of(key, file), text=str(key.value))
                yield from below(value, inside, file)
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from below(item, (*path, index), file)
    elif isinstance(node, ScalarNode):
        yield Spot(path, key=False, at=place_of(node, file), text=str(node.value))


def at(document: Document, line: int, column: int) -> Spot | None:
    """The key or value at a position (from 1); the end of a word counts to it."""
    node, path, where = document.root, (), (line, column)
    while node is not None:
        if isinstance(node, MappingNode):
            found = before([key for key, _ in pairs(node)], where, document.file)
            if found is None:
                return None
            key, value = node.value[found]
            path = (*path, str(key.value))
            if covers(place_of(key, document.file), where):
                return Spot(path, key=True, at=place_of(key, document.file), text=str(key.value))
            node = value
        elif isinstance(node, SequenceNode):
            found = before(node.value, where, document.file)
            if found is None:
                return None
            node, path = node.value[found], (*path, found)
        else:
            place = place_of(node, document.file)
            return Spot(path, key=False, at=place, text=str(node.value)) if covers(place, where) else None
    return None


def before(nodes: list[Node], where: tuple[int, int], file: str) -> int | None:
    """Which of some nodes in order begins last before a position."""
    low, high = 0, len(nodes)
    while low < high:
        middle = (low + high) // 2
        place = place_of(nodes[middle], file)
        if (place.line, place.column) <= where:
            low = middle + 1
        else:
            high = middle
    return low - 1 if low else None


def covers(place: Place, where: tuple[int, int]) -> bool:
    """Whether a place goes over a position, or ends there."""
    return (place.line, place.column) <= where <= (place.end_line, place.end_column)


def outline(document: Document, deep: int) -> Iterator[Entry]:
    """The keys of the top level, and those below them, so many levels deep, each after the one that it is in."""
    if isinstance(document.root, MappingNode):
        yield from keys(document.root, (), document.file, deep)


def keys(node: MappingNode, path: Path, file: str, deep: int) -> Iterator[Entry]:
    """Those of a map."""
    for key, value in pairs(node):
        if not isinstance(key, ScalarNode):
            continue
        name, inside = str(key.value), (*path, str(key.value))
        at, end = place_of(key, file), place_of(value, file)
        last = max((end.end_line, end.end_column), (at.end_line, at.end_column))
        yield Entry(inside, name, at, Place(file, at.line, at.column, *last), isinstance(value, MappingNode))
        if isinstance(value, MappingNode) and deep > 1:
            yield from keys(value, inside, file, deep - 1)
