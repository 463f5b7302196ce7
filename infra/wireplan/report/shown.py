"""A part of a topology for `wireplan show`: each value with its origin, as columns for a person or as JSON."""

import json
from collections.abc import Sequence
from enum import Enum

from wireplan.report.screen import BOLD, CYAN, DIM, PLAIN, Screen, painted, printable
from wireplan.topology.describe import Value
from wireplan.topology.types import Origin, OriginKind, Path

VERSION = 1
WIDEST_VALUE = 44
"""Longer values push their origin to the right rather than all others'."""


def text(node: Path, environment: str, values: Sequence[Value], screen: Screen = PLAIN) -> str:
    """One line a value: path below the node as the file spells it, value, origin."""
    title = painted(dotted(node), BOLD, colour=screen.colour)
    rows = [(below(value, node), value.text, value) for value in values]
    left = max((len(name) for name, _, _ in rows), default=0)
    middle = min(WIDEST_VALUE, max((len(shown) for _, shown, _ in rows), default=0))
    lines = [
        f"  {name:{left}}  {printable(shown):{middle}}  {painted(whence(value), tone(value.origin), colour=screen.colour)}".rstrip()
        for name, shown, value in rows
    ]
    return "\n".join([f"{title} in {environment}", *lines]) + "\n"


def below(value: Value, node: Path) -> str:
    """What a value is called below a node: by its key, whole where the file has it elsewhere."""
    path = value.key or value.path
    return dotted(path[len(node) :] if len(path) > len(node) and path[: len(node)] == node else path)


def whence(value: Value) -> str:
    """Where a value comes from, and whether there is no key to write it."""
    origin = said(value.origin)
    if value.key is not None:
        return origin
    if value.origin.kind is OriginKind.WRITTEN:
        return f"no key: follows from {origin}"
    kind, _, reason = origin.partition(": ")
    return f"{'fixed' if kind == OriginKind.DEFAULT.value else kind}, no key: {reason}".removesuffix(": ")


def said(origin: Origin) -> str:
    """An origin in one line."""
    if origin.kind is OriginKind.WRITTEN:
        return str(origin.place)
    return f"{origin.kind.value}: {origin.reason}" if origin.reason else origin.kind.value


def tone(origin: Origin) -> str:
    """What was written stands out from what was not."""
    return CYAN if origin.kind is OriginKind.WRITTEN else DIM


def dotted(path: Path) -> str:
    """A path with dots."""
    return ".".join(str(step) for step in path)


def data(node: Path, environment: str, values: Sequence[Value]) -> str:
    """The same as JSON; keys are only ever added within a version."""
    document = {
        "version": VERSION,
        "node": dotted(node),
        "environment": environment,
        "values": [
            {
                "path": list(value.path),
                "key": value.key and list(value.key),
                "value": value.value.value if isinstance(value.value, Enum) else value.value,
                "text": value.text,
                "origin": {
                    "kind": value.origin.kind.value,
                    "reason": value.origin.reason,
                    "file": value.origin.place.file,
                    "line": value.origin.place.line,
                    "column": value.origin.place.column,
                },
            }
            for value in values
        ],
    }
    return json.dumps(document, indent=2, default=str) + "\n"
