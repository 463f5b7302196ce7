"""A YAML file, or a file with overlays merged into it: plain data, and the place of every key and value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from wireplan.findings import Edit, Place

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """By how many lines and letters a node's marks are to be moved, where it was composed as a part of its text (`wireplan.load.pieces`)."""

    line: int = 0
    index: int = 0


STILL = Shift()
Pair = tuple[Node, Node]


@dataclass(slots=True)
class Index:
    """Maps by the text of their keys and lists by that of their items, each made when first asked: a map of services is asked once a fault."""

    maps: dict[Node, dict[str | int, Pair]] = field(default_factory=dict[Node, dict[str | int, Pair]])
    lists: dict[Node, dict[str, Node]] = field(default_factory=dict[Node, dict[str, Node]])

    def child(self, node: Node | None, step: str | int) -> tuple[Node | None, Node | None]:
        """Key and value of one step down."""
        if isinstance(node, MappingNode):
            return self.pairs(node).get(step, (None, None))
        if isinstance(node, SequenceNode):
            items: list[Node] = node.value
            if isinstance(step, int):
                return None, items[step] if 0 <= step < len(items) else None
            return None, self.items(node).get(step)
        return None, None

    def pairs(self, node: MappingNode) -> dict[str | int, Pair]:
        """Keys and values by the text of the key, of a key written twice the first."""
        found = self.maps.get(node)
        if found is None:
            found = dict[str | int, Pair]()
            for key, value in pairs(node):
                if isinstance(key, ScalarNode):
                    found.setdefault(key.value, (key, value))
            self.maps[node] = found
        return found

    def items(self, node: SequenceNode) -> dict[str, Node]:
        """The items of a list by their text, of equal ones the first."""
        found = self.lists.get(node)
        if found is None:
            found = dict[str, Node]()
            for item in node.value:
                if isinstance(item, ScalarNode):
                    found.setdefault(item.value, item)
            self.lists[node] = found
        return found


@dataclass(frozen=True, slots=True)
class Document:
    """`data` is what was written, `texts` the sources by file, for excerpts and edits.

    `moved` hold the nodes whose marks are not those of the text, `files` those that are from another file than the document's.
    """

    file: str
    data: Any
    root: Node | None
    texts: Mapping[str, str]
    moved: tuple[Mapping[Node, Shift], ...] = ()
    files: Mapping[Node, str] = field(default_factory=dict[Node, str])
    index: Index = field(default_factory=Index, compare=False, repr=False)

    def find(self, path: Path) -> Place | None:
        """The place to point at for the value at `path`: a scalar itself, of a map or list its key; None if not written."""
        key, value = self.nodes(path)
        if value is None:
            return None
        return self.place(key if key is not None and not isinstance(value, ScalarNode) else value)

    def alone(self, path: Path) -> bool:
        """Whether the value at `path` is a scalar."""
        return isinstance(self.nodes(path)[1], ScalarNode)

    def find_key(self, path: Path) -> Place | None:
        """The place of the key that ends `path`; of a list's item, the item."""
        key, value = self.nodes(path)
        return self.place(key or value) if value is not None else None

    def nearest(self, path: Path) -> Place:
        """The place of the value at `path`, or of its nearest parent that was written."""
        for length in range(len(path), 0, -1):
            place = self.find(path[:length])
            if place is not None:
                return place
        return Place(self.file)

    def nodes(self, path: Path) -> tuple[Node | None, Node | None]:
        """Key node and value node at `path`; an element of a list may be named by its text."""
        key, node, item = None, self.root, False
        for step in path:
            found = self.index.child(node, step)
            if found[1] is None and item:
                found = self.index.child(only(node), step)
            item = isinstance(node, SequenceNode)
            key, node = found
            if node is None:
                return None, None
        return key, node

    def place(self, node: Node) -> Place:
        """Where a node stands."""
        return place_of(node, self.files.get(node, self.file), self.shift(node))

    def shift(self, node: Node) -> Shift:
        """By what a node's marks are to be moved."""
        return next((known[node] for known in self.moved if node in known), STILL)

    def letters(self, node: Node) -> tuple[int, int]:
        """First and past-the-last letter of a node, counted from the beginning of its text."""
        by = self.shift(node).index
        return node.start_mark.index + by, node.end_mark.index + by

    def written(self, path: Path, text: str) -> Edit | None:
        """The edit that writes a value where none is; None where it is not certain how."""
        from wireplan.load import authoring

        return authoring.written(self, path, text)

    def rewritten(self, path: Path, text: str) -> Edit | None:
        """The edit that replaces a value, a list in brackets as well."""
        from wireplan.load import authoring

        return authoring.rewritten(self, path, text)

    def named(self, path: Path, name: str) -> Edit | None:
        """The edit that adds a name to a list or a map of names."""
        from wireplan.load import authoring

        return authoring.named(self, path, name)

    def left_out(self, path: Path) -> Edit | None:
        """The edit that takes a value out, with its key."""
        from wireplan.load import authoring

        return authoring.left_out(self, path)


def only(node: Node | None) -> Node | None:
    """The value of a one-key map: in lists, `{reserve: {call: ...}}` names the item before it describes it."""
    values = [value for _, value in pairs(node)] if isinstance(node, MappingNode) else []
    return values[0] if len(values) == 1 else None


def where(path: Path) -> str:
    """A path as a person would say it."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text or "the file"


def value(data: Any, path: Path) -> Any:
    """The plain data at a path; None where there is none."""
    for step in path:
        if isinstance(data, dict):
            data = cast("dict[object, Any]", data).get(step)
        elif isinstance(data, list) and isinstance(step, int):
            data = next(iter(cast("list[Any]", data)[step : step + 1]), None)
        else:
            return None
    return data


def pairs(node: MappingNode) -> Iterator[Pair]:
    """Keys and values of a map node."""
    yield from node.value


def every(*nodes: Node) -> Iterator[Node]:
    """Some nodes, and all that are in them."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, MappingNode):
            stack.extend(part for pair in node.value for part in pair)
        elif isinstance(node, SequenceNode):
            stack.extend(node.value)


def place_of(node: Node, file: str, by: Shift = STILL) -> Place:
    """The stretch of text that a node takes; block maps and lists end where their last line does."""
    start, end, down = node.start_mark, node.end_mark, by.line + 1
    return Place(file, start.line + down, start.column + 1, end.line + down, end.column + 1)
