"""Text to Document: YAML 1.2's core schema, positions kept, and everything refused that is read differently elsewhere.

The composing is libyaml's (PyYAML's C loader where it is there); the walk that makes plain data of the nodes is ours.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from wireplan.findings import Edit, Finding, Place, Related
from wireplan.load import codes, composer
from wireplan.load.composer import (
    FALSE,
    FLOAT,
    HEX,
    INTEGER,
    MERGE,
    NULL,
    OCTAL,
    STRING,
    SURPRISE,
    TRUE,
    TRUTHS,
)
from wireplan.load.document import STILL, Document, Shift, place_of
from wireplan.load.hidden import quiet
from wireplan.load.limits import ANCHORS, BYTES, DEPTH, DIGITS, FAULTS, VALUES, crowded

CONSTANTS = {NULL: None, TRUE: True, FALSE: False}
NONE_MOVED: Mapping[Node, Shift] = {}
BASES = {INTEGER: 10, HEX: 16, OCTAL: 8}


class Walk:
    """One walk over the nodes of a file: data out, findings gathered."""

    def __init__(self, file: str, moved: Mapping[Node, Shift] = NONE_MOVED) -> None:
        self.file = file
        self.moved = moved
        self.findings: list[Finding] = []
        self.count: int = 0

    def value(self, node: Node, depth: int = 0) -> Any:
        """The plain data of a node."""
        self.count += 1
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if depth > DEPTH:
            self.add(codes.TOO_DEEP, node, f"nested more than {DEPTH} deep")
            return None
        if node.tag not in ("map", "list"):
            self.add(codes.TAG, node, f"tag {node.tag}")
        if isinstance(node, SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        return self.mapping(node, depth)

    def mapping(self, node: Node, depth: int) -> dict[str, Any]:
        """The data of a map; of a key written twice the first counts, so that reading can go on."""
        table: dict[str, Any] = {}
        first: dict[str, Node] = {}
        for key, value in node.value:
            name = self.key(key)
            if name is None:
                continue
            found = self.value(value, depth + 1)
            if name in table:
                self.duplicate(name, key, first[name])
                continue
            table[name] = found
            first[name] = key
        return table

    def key(self, node: Node) -> str | None:
        """A key as text; None where it is none, with a finding."""
        if not isinstance(node, ScalarNode):
            self.add(codes.KEY, node, "a key that is a map or a list")
            return None
        if node.tag in (STRING, SURPRISE):
            return str(node.value)
        if node.tag == MERGE:
            self.add(codes.MERGE, node, "merge key <<")
        elif node.tag in (NULL, TRUE, FALSE, INTEGER, HEX, OCTAL, FLOAT):
            self.add(
                codes.KEY,
                node,
                f"the key {node.value} is no text ({node.tag})",
                fix=f'Write "{node.value}" in quotes, or rename it.',
            )
        else:
            self.add(codes.TAG, node, f"tag {node.tag}")
        return None

    def scalar(self, node: ScalarNode) -> Any:
        """The data of a scalar."""
        tag, text = node.tag, str(node.value)
        if tag in (STRING, MERGE):
            return text
        if tag == SURPRISE:
            return self.surprise(node, text)
        if tag in CONSTANTS:
            return CONSTANTS[tag]
        if tag != FLOAT and tag not in BASES:
            self.add(codes.TAG, node, f"tag {tag}")
        elif len(text) > DIGITS:
            self.add(codes.LONG_NUMBER, node, f"a number of more than {DIGITS} digits")
        else:
            return number(tag, text)
        return text

    def surprise(self, node: ScalarNode, text: str) -> str:
        """A value that YAML 1.1 and 1.2 read differently."""
        truth = TRUTHS.get(text.lower())
        fix = (
            f'Write {truth}, or "{text}" in quotes.'
            if truth
            else f'Write "{text}" in quotes, or a plain number.'
        )
        at = self.place(node)
        edit = Edit(at, truth) if truth else None
        self.tell(
            codes.SURPRISE.at(at, f"{text} is read differently by YAML 1.1 and 1.2", fix=fix, edit=edit)
        )
        return text

    def duplicate(self, name: str, key: Node, first: Node) -> None:
        """The finding of a key written twice, with both places."""
        at = self.place(first)
        self.tell(
            codes.DUPLICATE.at(
                self.place(key),
                f'key "{name}" is written twice, first at line {at.line}',
                related=(Related(at, "the first"),),
            )
        )

    def place(self, node: Node) -> Place:
        """Where a node stands."""
        return place_of(node, self.file, self.moved.get(node, STILL))

    def add(self, code: codes.Code, node: Node, what: str, fix: str = "") -> None:
        """A finding at a node."""
        self.tell(code.at(self.place(node), what, fix=fix))

    def tell(self, finding: Finding) -> None:
        """Keep a finding; one more than are told, so that it is seen that there are more."""
        if len(self.findings) <= FAULTS:
            self.findings.append(finding)


def number(tag: str, text: str) -> float:
    """The number in a text of a few digits."""
    if tag in BASES:
        return int(text, BASES[tag])
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def decoded(data: bytes, file: str) -> tuple[str, list[Finding]]:
    """The text in `data`, a byte-order mark taken off."""
    if len(data) > BYTES:
        return "", [codes.LIMIT.at(Place(file), f"{len(data)} bytes, more than {BYTES}")]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        return "", [
            codes.ENCODING.at(Place(file, line, column), f"byte 0x{data[error.start]:02x} is no UTF-8")
        ]


def parse(text: str, file: str) -> tuple[Document, list[Finding]]:
    """The document in `text`, and every fault of the text itself; none quotes what may be a secret."""
    document, found = taken_apart(text, file)
    return document, quiet(found, document)


def taken_apart(text: str, file: str) -> tuple[Document, list[Finding]]:
    """The document in `text`, and every fault of the text itself."""
    empty = Document(file, {}, None, {file: text})
    if excess := beyond(text, file):
        return empty, [excess]
    try:
        found = list(islice(composer.anchors(text), ANCHORS))
        if found:
            return empty, [anchored(anchor, file) for anchor in found]
        root = composer.compose(text)
    except composer.UnreadableError as error:
        from wireplan.load.syntax import syntax

        return empty, [syntax(error, text, file)]
    except RecursionError:  # the loader in Python, where there is no libyaml
        return empty, [codes.TOO_DEEP.at(Place(file), "nested too deep")]
    if not isinstance(root, MappingNode):
        return empty, [
            codes.EMPTY.at(place_of(root, file) if root else Place(file), "there is no map of keys")
        ]
    walk = Walk(file)
    data = walk.value(root)
    if walk.count > VALUES:
        walk.findings.append(codes.LIMIT.at(Place(file), f"{walk.count} values, more than {VALUES}"))
    return Document(file, data, root, {file: text}), walk.findings


def beyond(text: str, file: str) -> Finding | None:
    """The finding of a text that is not even taken apart, since that would take too much."""
    if crowded(text):
        return codes.LIMIT.at(Place(file), f"more than {VALUES} values")
    return codes.TOO_DEEP.at(Place(file), "nested too deep") if composer.deep(text) else None


def anchored(anchor: composer.Anchor, file: str) -> Finding:
    """The finding of an anchor or alias."""
    end = anchor.column + len(anchor.text)
    kind = "alias" if anchor.text.startswith("*") else "anchor"
    return codes.ALIAS.at(Place(file, anchor.line, anchor.column, anchor.line, end), f"{kind} {anchor.text}")
