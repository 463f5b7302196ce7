"""Text to Document: YAML 1.2's core schema, positions kept, and everything refused that is read differently elsewhere.

The composing is libyaml's (PyYAML's C loader where it is there); the walk that makes plain data of the nodes is ours.
"""

import re
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from wireplan.findings import Edit, Finding, Place, Related
from wireplan.load import codes
from wireplan.load.document import Document, place_of

BYTES = 8 * 1024 * 1024
"""A topology of 1000 services is 0.4 MB."""
NODES = 500_000
DEPTH = 40

STRING, NULL, TRUE, FALSE, INTEGER, HEX, OCTAL, FLOAT, SURPRISE, MERGE = (
    "text", "null", "true", "false", "integer", "hexadecimal", "octal", "float", "surprise", "merge",
)  # fmt: skip

WORDS = {
    "": NULL, "~": NULL, "null": NULL, "Null": NULL, "NULL": NULL,
    "true": TRUE, "True": TRUE, "TRUE": TRUE, "false": FALSE, "False": FALSE, "FALSE": FALSE,
    ".inf": FLOAT, ".Inf": FLOAT, ".INF": FLOAT, "+.inf": FLOAT, "-.inf": FLOAT, "-.Inf": FLOAT, "-.INF": FLOAT,
    ".nan": FLOAT, ".NaN": FLOAT, ".NAN": FLOAT, "<<": MERGE,
    **{w: SURPRISE for word in ("yes", "no", "on", "off", "y", "n") for w in (word, word.title(), word.upper())},
}  # fmt: skip
NUMBERS = (
    (re.compile(r"[-+]?(0|[1-9][0-9]*)"), INTEGER),
    (re.compile(r"0x[0-9a-fA-F]+"), HEX),
    (re.compile(r"0o[0-7]+"), OCTAL),
    (re.compile(r"[-+]?0[0-9]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*_[0-9_]*"), SURPRISE),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), FLOAT),
)
NUMBER_STARTS = frozenset("0123456789-+.")
TRUTHS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def resolved(value: str) -> str:
    """What a plain scalar is by YAML 1.2's core schema; SURPRISE where 1.1 reads something else."""
    found = WORDS.get(value)
    if found is not None:
        return found
    if value[0] in NUMBER_STARTS:
        for pattern, kind in NUMBERS:
            if pattern.fullmatch(value):
                return kind
    return STRING


class CoreLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes nodes; tags say what a plain scalar is by the core schema."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        """The tag of a node that carries none."""
        if kind is not ScalarNode:
            return "map" if kind is MappingNode else "list"
        return resolved(value) if implicit[0] else STRING

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Path resolvers are not used."""

    def ascend_resolver(self) -> None:
        """Path resolvers are not used."""


class Walk:
    """One walk over the nodes of a file: data out, findings gathered."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.count = 0

    def value(self, node: Node, depth: int = 0) -> Any:
        """The plain data of a node."""
        self.count += 1
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if depth > DEPTH:
            self.add(codes.LIMIT, node, f"nested more than {DEPTH} deep")
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
            self.add(codes.KEY, node, f"the key {node.value} is no text ({node.tag})", fix=f'Write "{node.value}" in quotes, or rename it.')
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
        plain = {NULL: None, TRUE: True, FALSE: False}
        if tag in plain:
            return plain[tag]
        if tag in (INTEGER, HEX, OCTAL):
            if len(text) > 30:
                self.add(codes.LIMIT, node, "a number of more than 30 digits")
                return 0
            return int(text, {INTEGER: 10, HEX: 16, OCTAL: 8}[tag])
        if tag == FLOAT:
            return float(text.replace(".inf", "inf").replace(".nan", "nan")) if text[-1:].isdigit() or text[-1:] == "." else float(text.lower().replace(".", ""))
        self.add(codes.TAG, node, f"tag {tag}")
        return text

    def surprise(self, node: ScalarNode, text: str) -> str:
        """A value that YAML 1.1 and 1.2 read differently."""
        truth = TRUTHS.get(text.lower())
        fix = f'Write {truth}, or "{text}" in quotes.' if truth else f'Write "{text}" in quotes, or a plain number.'
        at = place_of(node, self.file)
        edit = Edit(at, truth) if truth else None
        self.findings.append(codes.SURPRISE.at(at, f"{text} is read differently by YAML 1.1 and 1.2", fix=fix, edit=edit))
        return text

    def duplicate(self, name: str, key: Node, first: Node) -> None:
        """The finding of a key written twice, with both places."""
        at = place_of(first, self.file)
        self.findings.append(
            codes.DUPLICATE.at(
                place_of(key, self.file),
                f'key "{name}" is written twice, first at line {at.line}',
                related=(Related(at, "the first"),),
            )
        )

    def add(self, code: codes.Code, node: Node, what: str, fix: str = "") -> None:
        """A finding at a node."""
        self.findings.append(code.at(place_of(node, self.file), what, fix=fix))


def decoded(data: bytes, file: str) -> tuple[str, list[Finding]]:
    """The text in `data`, a byte-order mark taken off."""
    if len(data) > BYTES:
        return "", [codes.LIMIT.at(Place(file), f"{len(data)} bytes, more than {BYTES}")]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        return "", [codes.ENCODING.at(Place(file, line, column), f"byte 0x{data[error.start]:02x} is no UTF-8")]


def parse(text: str, file: str) -> tuple[Document, list[Finding]]:
    """The document in `text`, and every fault of the text itself."""
    empty = Document(file, {}, None, {file: text})
    early = aliases(text, file)
    if early:
        return empty, early
    try:
        root = compose(text)
    except yaml.YAMLError as error:
        return empty, [syntax(error, text, file)]
    except RecursionError:
        return empty, [codes.LIMIT.at(Place(file), "nested too deep")]
    if not isinstance(root, MappingNode):
        return empty, [codes.EMPTY.at(place_of(root, file) if root else Place(file), "there is no map of keys")]
    walk = Walk(file)
    data = walk.value(root)
    if walk.count > NODES:
        walk.findings.append(codes.LIMIT.at(Place(file), f"{walk.count} values, more than {NODES}"))
    return Document(file, data, root, {file: text}), walk.findings


def compose(text: str) -> Node | None:
    """The one document's node tree."""
    loader = CoreLoader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def aliases(text: str, file: str) -> list[Finding]:
    """Anchors and aliases, refused before composing could expand them; looked for only where a text has their signs."""
    if "&" not in text and "*" not in text:
        return []
    found: list[Finding] = []
    try:
        for event in yaml.parse(text, CoreLoader):
            anchor = getattr(event, "anchor", None)
            if anchor and len(found) < 100:
                kind = "alias *" if isinstance(event, yaml.AliasEvent) else "anchor &"
                start, end = event.start_mark, event.end_mark
                end = end if end.line == start.line else start
                place = Place(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
                found.append(codes.ALIAS.at(place, f"{kind}{anchor}"))
    except yaml.YAMLError as error:
        return [*found, syntax(error, text, file)]
    except RecursionError:
        return [codes.LIMIT.at(Place(file), "nested too deep")]
    return found


def syntax(error: yaml.YAMLError, text: str, file: str) -> Finding:
    """The finding of a text that libyaml refuses."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    if mark is None:
        code = codes.ENCODING if isinstance(error, yaml.reader.ReaderError) else codes.SYNTAX
        return code.at(Place(file, *position(error, text)), problem)
    place = Place(file, mark.line + 1, mark.column + 1)
    if "but found another document" in problem:
        return codes.DOCUMENTS.at(place, "a second document begins here")
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if line[: len(line) - len(line.lstrip())].count("\t"):
        return codes.TAB.at(Place(file, mark.line + 1, line.index("\t") + 1), "a tab in the indentation")
    if "nesting depth" in problem:
        return codes.LIMIT.at(place, "nested too deep")
    context = str(getattr(error, "context", None) or "")
    return codes.SYNTAX.at(place, f"{problem} ({context})" if context else problem)


def position(error: yaml.YAMLError, text: str) -> tuple[int, int]:
    """Line and column of a reader's error, which knows only an index."""
    index = getattr(error, "position", 0)
    before = text[: index if isinstance(index, int) else 0]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
