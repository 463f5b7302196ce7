"""Merge an overlay into a document over nodes (RFC 7396): maps merge, lists replace, null removes; places are kept."""

from typing import Any, cast

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from wireplan.load.composer import NULL
from wireplan.load.document import Document, moved


def merged(base: Document, overlay: Document) -> Document:
    """`base` with `overlay` laid over it; every value keeps the place, and the file, that it came from."""
    root = base.root
    if isinstance(root, MappingNode) and isinstance(overlay.root, MappingNode):
        stamp(overlay.root, overlay.file)
        root = nodes(root, overlay.root)
    return Document(base.file, values(base.data, overlay.data), root, {**base.texts, **overlay.texts})


def values(base: Any, overlay: Any) -> Any:
    """The merge patch of RFC 7396 on plain data."""
    if not isinstance(overlay, dict):
        return overlay
    patch = cast("dict[str, Any]", overlay)
    result: dict[str, Any] = dict(cast("dict[str, Any]", base)) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = values(result.get(key), value)
    return result


def nodes(base: MappingNode, overlay: MappingNode) -> MappingNode:
    """The same merge on map nodes."""
    table: dict[str, tuple[Node, Node]] = {}
    for key, value in first_of_each(base):
        table[key.value] = (key, value)
    for key, value in first_of_each(overlay):
        old = table.get(key.value)
        if isinstance(value, ScalarNode) and value.tag == NULL:
            table.pop(key.value, None)
        elif old and isinstance(old[1], MappingNode) and isinstance(value, MappingNode):
            table[key.value] = (old[0], nodes(old[1], value))
        else:
            table[key.value] = (key, value)
    both = MappingNode(base.tag, list(table.values()), base.start_mark, base.end_mark, base.flow_style)
    both.shift = moved(base)  # pyright: ignore[reportAttributeAccessIssue]
    return both


def first_of_each(node: MappingNode) -> list[tuple[Node, Node]]:
    """Keys and values as in the data: of a key written twice the first, none that is no text."""
    table: dict[str, tuple[Node, Node]] = {}
    for key, value in node.value:
        if isinstance(key, ScalarNode):
            table.setdefault(key.value, (key, value))
    return list(table.values())


def stamp(node: Node, file: str) -> None:
    """Note on each node of an overlay which file it is from; a base's nodes are without."""
    stack: list[Node] = [node]
    while stack:
        found = stack.pop()
        found.file = file  # pyright: ignore[reportAttributeAccessIssue]
        if isinstance(found, MappingNode):
            stack.extend(part for pair in found.value for part in pair)
        elif isinstance(found, SequenceNode):
            stack.extend(found.value)
