"""A Topology against a Topology: services, topics, databases and the other parts that came, went or differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from wireplan.changes.values import FieldChange, differences, hidden
from wireplan.topology.types import Topology

TABLES = ("services", "topics", "databases", "caches", "buckets", "edges", "externals", "sagas", "drills")
ALLOWANCE = "allow_data_loss"
NONE = ()  # an empty list, which is no part that comes or goes with its system
SINGLES = ("environment", "kafka", "object_store", "moved", "waivers", ALLOWANCE)


class Kind(Enum):
    """What happened to a part or an object."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class NodeChange:
    """One part of the system, by its path (`services.upload`). `fields` is empty where the whole part came or went."""

    kind: Kind
    node: str
    fields: tuple[FieldChange, ...] = ()


def compare(before: Topology | None, after: Topology | None) -> tuple[NodeChange, ...]:
    """Every part that differs, by path. None is a system that is not there."""
    old, new = dict(nodes(before)), dict(nodes(after))
    return tuple(
        found for name in sorted(old.keys() | new.keys()) for found in one(name, old.get(name), new.get(name))
    )


def nodes(topology: Topology | None) -> Iterator[tuple[str, Any]]:
    """Every part of a topology by its path."""
    if topology is None:
        return
    for table in TABLES:
        parts: Mapping[str, Any] = getattr(topology, table)
        for name, part in parts.items():
            yield f"{table}.{name}", part
    for single in SINGLES:
        part = getattr(topology, single)
        if part is not None:
            yield single, part


def one(name: str, before: Any, after: Any) -> Iterator[NodeChange]:
    """The change of one part, if there is one."""
    if NONE in (before, after) and None in (before, after):
        return
    if before is None:
        yield NodeChange(Kind.ADDED, name)
    elif after is None:
        yield NodeChange(Kind.REMOVED, name)
    elif before != after:
        yield NodeChange(Kind.CHANGED, name, tuple(seen(name, each) for each in differences(before, after)))


def seen(name: str, change: FieldChange) -> FieldChange:
    """The change as it may be shown: of a service's environment variables only the names, as in its objects."""
    return hidden(change) if name.startswith("services.") and change.path[0] == "environment" else change
