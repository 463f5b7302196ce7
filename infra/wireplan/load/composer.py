"""The one door to PyYAML: text to nodes by libyaml, with YAML 1.2's core schema in place of 1.1's."""

import operator
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import yaml as pyyaml
from yaml.nodes import MappingNode, Node, ScalarNode

from wireplan.load.limits import NESTED

yaml: Any = pyyaml
"""Untyped on purpose: the stubs know neither the C loader's methods nor the marks' numbers."""

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
    (
        re.compile(
            r"[-+]?0[0-9]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[-+]?0b[01_]+|[-+]?[0-9]+_[0-9_]*"
        ),
        SURPRISE,
    ),
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


CSafeLoader: Any = getattr(pyyaml, "CSafeLoader", pyyaml.SafeLoader)
"""libyaml's where the wheel has it, else the same in Python, five times slower."""


@lru_cache(maxsize=16_384)
def tag(kind: Any, value: Any, implicit: Any) -> str:
    """The tag of a node that carries none. Keys recur in every service, so most answers are known already."""
    if kind is not ScalarNode:
        return "map" if kind is MappingNode else "list"
    return resolved(value) if implicit[0] else STRING


class CoreLoader(CSafeLoader):
    """Composes nodes; tags say what a plain scalar is by the core schema.

    libyaml's loader calls these three for every node. Path resolvers are not used: what stands in for them takes the
    same arguments, does nothing, and is no Python function, whose calls would cost a tenth of the parsing.
    """

    resolve = staticmethod(tag)
    descend_resolver = staticmethod(operator.is_)
    ascend_resolver = staticmethod(int)


Position = tuple[int, int]
"""Line and column, from 1."""


class UnreadableError(Exception):
    """A text that is not YAML: what is wrong, in what, and where (line and column from 1). `begun` is where that something begins."""

    def __init__(
        self,
        problem: str,
        at: Position,
        context: str = "",
        begun: Position = (0, 0),
        *,
        encoding: bool = False,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at
        self.context = context
        self.begun = begun
        self.encoding = encoding

    @property
    def said(self) -> str:
        """The problem in libyaml's words."""
        return f"{self.problem} ({self.context})" if self.context else self.problem


@dataclass(frozen=True, slots=True)
class Token:
    """A word of YAML's own grammar, by PyYAML's name for it (`FlowMappingStart`, `Key`, `Scalar`), and where it stands."""

    kind: str
    start: Position
    end: Position
    text: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """An anchor `&a` or alias `*a`, and where it begins."""

    text: str
    line: int
    column: int


def compose(text: str) -> Node | None:
    """The one document's node tree.

    Raises:
        UnreadableError: the text is not YAML, or more than one document.
    """
    loader = CoreLoader(text)
    try:
        return cast("Node | None", loader.get_single_node())
    except pyyaml.YAMLError as error:
        raise unreadable(error, text) from error
    finally:
        loader.dispose()


def tokens(text: str, last: Position) -> Iterator[Token]:
    """The tokens of a text that begin at a position or before it, as far as there are any."""
    loader = CoreLoader(text)
    try:
        while (found := loader.get_token()) is not None:
            kind = type(found).__name__.removesuffix("Token")
            start, end = position(found.start_mark), position(found.end_mark)
            if start > last:
                return
            yield Token(kind, start, end, str(getattr(found, "value", "")))
    except pyyaml.YAMLError:
        return
    finally:
        loader.dispose()


def position(mark: Any) -> Position:
    """Where a mark is, counted as people do."""
    return mark.line + 1, mark.column + 1


BRACKETS = re.compile(r"[\[\]{}]")
DEEP_LINE = re.compile(r"(?m)^ *(?:[-?] +){100}|^ {800}")


def deep(text: str) -> bool:
    """Whether a text may be nested deeper than composing can bear; brackets in quotes count, too."""
    depth = 0
    for bracket in BRACKETS.findall(text):
        depth += 1 if bracket in "[{" else -1
        if depth > NESTED:
            return True
    return DEEP_LINE.search(text) is not None


def anchors(text: str) -> Iterator[Anchor]:
    """Anchors and aliases, found before composing could expand them; looked for only where a text has their signs.

    Raises:
        UnreadableError: as compose.
    """
    if "&" not in text and "*" not in text:
        return
    try:
        for event in yaml.parse(text, CoreLoader):
            name = getattr(event, "anchor", None)
            if name:
                sign = "*" if isinstance(event, pyyaml.AliasEvent) else "&"
                start: Any = event.start_mark
                yield Anchor(f"{sign}{name}", start.line + 1, start.column + 1)
    except pyyaml.YAMLError as error:
        raise unreadable(error, text) from error


def unreadable(error: Any, text: str) -> UnreadableError:
    """PyYAML's error in our words; a reader's error knows only an index."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is not None:
        context = str(getattr(error, "context", None) or "")
        return UnreadableError(problem, position(mark), context, position(begun) if begun else (0, 0))
    before = text[: int(getattr(error, "position", 0) or 0)]
    at = before.count("\n") + 1, len(before) - before.rfind("\n")
    return UnreadableError(problem, at, encoding=isinstance(error, pyyaml.reader.ReaderError))
