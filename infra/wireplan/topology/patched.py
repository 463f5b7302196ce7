"""What patches put into rendered objects, each value with the path at which it is written."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from wireplan.topology.types import Path, Topology

ABSENT: Any = object()
"""What a patch does not speak of; null is something else: it removes."""


def merges(topology: Topology, *kinds: str) -> Iterator[tuple[Path, str | None, Mapping[str, Any]]]:
    """Path, name (None: all of the kind) and content of every patch of objects of some kinds."""
    for index, patch in enumerate(topology.patches):
        if patch["kind"] in kinds:
            yield ("patches", index, "merge"), patch.get("name"), patch["merge"]


def at(value: Any, *keys: str) -> Any:
    """The value below some keys, or ABSENT."""
    for key in keys:
        value = table(value).get(key, ABSENT)
    return value


def table(value: Any) -> Mapping[str, Any]:
    """A value as a map; of anything else, an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def items(value: Any) -> Sequence[Any]:
    """A value as a list; of anything else, an empty one."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else []


def every(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value at or below `path`, parts before what is in them."""
    yield path, value
    for key, below in table(value).items():
        yield from every(below, (*path, key))
    for index, below in enumerate(items(value)):
        yield from every(below, (*path, index))
