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


class UnreadableError(Exception):
    """A text that is not YAML: what is wrong, and where (line and column from 1)."""

    def __init__(self, problem: str, line: int, column: int, *, encoding: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.column = column
        self.encoding = encoding


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
    context = getattr(error, "context", None)
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return UnreadableError(
            f"{problem} ({context})" if context else problem, mark.line + 1, mark.column + 1
        )
    before = text[: int(getattr(error, "position", 0) or 0)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return UnreadableError(problem, line, column, encoding=isinstance(error, pyyaml.reader.ReaderError))
