"""What stands where in a file: the key or value at a position, and all of them in their order, each with its path."""

from collections.abc import Iterator
from dataclasses import dataclass

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from wireplan.findings import Place
from wireplan.load.document import Document, Path, pairs


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
        yield from below(document, document.root, ())


def below(document: Document, node: Node, path: Path) -> Iterator[Spot]:
    """Those of a node."""
    if isinstance(node, MappingNode):
        for key, value in pairs(node):
            if isinstance(key, ScalarNode):
                inside = (*path, str(key.value))
                yield Spot(inside, key=True, at=document.place(key), text=str(key.value))
                yield from below(document, value, inside)
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from below(document, item, (*path, index))
    elif isinstance(node, ScalarNode):
        yield Spot(path, key=False, at=document.place(node), text=str(node.value))


def at(document: Document, line: int, column: int) -> Spot | None:
    """The key or value at a position (from 1); the end of a word counts to it."""
    node, path, where = document.root, (), (line, column)
    while node is not None:
        if isinstance(node, MappingNode):
            found = before(document, [key for key, _ in pairs(node)], where)
            if found is None:
                return None
            key, value = node.value[found]
            path = (*path, str(key.value))
            if covers(document.place(key), where):
                return Spot(path, key=True, at=document.place(key), text=str(key.value))
            node = value
        elif isinstance(node, SequenceNode):
            found = before(document, node.value, where)
            if found is None:
                return None
            node, path = node.value[found], (*path, found)
        else:
            place = document.place(node)
            return Spot(path, key=False, at=place, text=str(node.value)) if covers(place, where) else None
    return None


def before(document: Document, nodes: list[Node], where: tuple[int, int]) -> int | None:
    """Which of some nodes in order begins last before a position."""
    low, high = 0, len(nodes)
    while low < high:
        middle = (low + high) // 2
        place = document.place(nodes[middle])
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
        yield from keys(document, document.root, (), deep)


def keys(document: Document, node: MappingNode, path: Path, deep: int) -> Iterator[Entry]:
    """Those of a map."""
    for key, value in pairs(node):
        if not isinstance(key, ScalarNode):
            continue
        name, inside = str(key.value), (*path, str(key.value))
        at, end = document.place(key), document.place(value)
        last = max((end.end_line, end.end_column), (at.end_line, at.end_column))
        yield Entry(
            inside, name, at, Place(document.file, at.line, at.column, *last), isinstance(value, MappingNode)
        )
        if isinstance(value, MappingNode) and deep > 1:
            yield from keys(document, value, inside, deep - 1)
