"""Merge an overlay into a document over nodes (RFC 7396): maps merge, lists replace, null removes; places are kept.

And what an overlay says of parts: those it sizes without there being any, those it takes out.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from yaml.nodes import MappingNode, Node, ScalarNode

from wireplan.load.composer import NULL
from wireplan.load.document import Document, Shift, every
from wireplan.load.of_system import NOUNS
from wireplan.model.edges import Edge


def merged(base: Document, overlay: Document) -> Document:
    """`base` with `overlay` laid over it; every value keeps the place, and the file, that it came from."""
    root = base.root
    files = dict(base.files)
    moved: dict[Node, Shift] = {}
    if isinstance(root, MappingNode) and isinstance(overlay.root, MappingNode):
        files.update(dict.fromkeys(every(overlay.root), overlay.file))
        root = nodes(base, root, overlay.root, moved)
    texts = {**base.texts, **overlay.texts}
    return Document(
        base.file, values(base.data, overlay.data), root, texts, (moved, *base.moved, *overlay.moved), files
    )


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


def nodes(
    document: Document, base: MappingNode, overlay: MappingNode, moved: dict[Node, Shift]
) -> MappingNode:
    """The same merge on map nodes; a merged map stands where that of the base, which is in `document`, does."""
    table: dict[str, tuple[Node, Node]] = {}
    for key, value in first_of_each(base):
        table[key.value] = (key, value)
    for key, value in first_of_each(overlay):
        old = table.get(key.value)
        if isinstance(value, ScalarNode) and value.tag == NULL:
            table.pop(key.value, None)
        elif old and isinstance(old[1], MappingNode) and isinstance(value, MappingNode):
            table[key.value] = (old[0], nodes(document, old[1], value, moved))
        else:
            table[key.value] = (key, value)
    both = MappingNode(base.tag, list(table.values()), base.start_mark, base.end_mark, base.flow_style)
    moved[both] = document.shift(base)
    return both


def first_of_each(node: MappingNode) -> list[tuple[Node, Node]]:
    """Keys and values as in the data: of a key written twice the first, none that is no text."""
    table: dict[str, tuple[Node, Node]] = {}
    for key, value in node.value:
        if isinstance(key, ScalarNode):
            table.setdefault(key.value, (key, value))
    return list(table.values())


SIZES: Mapping[str, frozenset[str]] = {
    "services": frozenset({"replicas", "resources", "probes", "shutdown", "tier", "environment", "secrets"}),
    "edges": frozenset(Edge.model_fields) - {"routes"},
}
"""What an overlay says of a service or an edge that is there; none of it says what that is for."""
Strays = frozenset[tuple[str, str]]


def strays(base: Document, overlay: Document | None = None) -> Strays:
    """The services and edges that an overlay sizes, and that the file does not have: they were renamed there, or taken out."""
    return frozenset(
        (noun, name)
        for noun, sizes in SIZES.items()
        for name, said in parts(overlay, noun).items()
        if isinstance(said, dict) and said and sizes.issuperset(cast("Part", said))
        if name not in parts(base, noun)
    )


def whole(document: Document, stray: Strays) -> Document:
    """A document without edges that only an overlay sizes: without routes they are no edges, and what they lack is no fault of its own."""
    gone = {name for noun, name in stray if noun == "edges"}
    if not gone:
        return document
    kept = {name: said for name, said in parts(document, "edges").items() if name not in gone}
    return replace(document, data={**document.data, "edges": kept})


Part = Mapping[str, object]


def parts(document: Document | None, noun: str) -> Part:
    """What a file says of one kind of parts, as far as that is a map by name."""
    data: object = document.data if document else None
    found = cast("Part", data).get(noun) if isinstance(data, dict) else None
    return cast("Part", found) if isinstance(found, dict) else {}


def removed(base: Document, overlay: Document | None = None) -> frozenset[str]:
    """The parts that the file has and an overlay takes out, by their full names."""
    return frozenset(
        f"{noun}.{name}"
        for noun in NOUNS
        for name, said in parts(overlay, noun).items()
        if said is None and name in parts(base, noun)
    )
