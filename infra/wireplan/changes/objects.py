"""Rendered Kubernetes objects against rendered objects, known by kind, namespace and name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wireplan.changes.nodes import Kind
from wireplan.changes.values import FieldChange, differences

Object = Mapping[str, Any]
HIDDEN = "(hidden)"


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """What an object is known by. Its API version is not in it: a newer version of a kind is the same object."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """One object that came, went or differs."""

    kind: Kind
    identity: Identity
    fields: tuple[FieldChange, ...] = ()


def compare(before: Sequence[Object], after: Sequence[Object]) -> tuple[ObjectChange, ...]:
    """Every object that differs, by kind, namespace and name."""
    old = {identity(each): each for each in before}
    new = {identity(each): each for each in after}
    return tuple(
        found for key in sorted(old.keys() | new.keys()) for found in one(key, old.get(key), new.get(key))
    )


def identity(each: Object) -> Identity:
    """What `each` is known by."""
    metadata = each.get("metadata", {})
    return Identity(
        str(each.get("kind", "")), str(metadata.get("namespace", "")), str(metadata.get("name", ""))
    )


def one(key: Identity, before: Object | None, after: Object | None) -> Iterator[ObjectChange]:
    """The change of one object, if there is one."""
    if before is None:
        yield ObjectChange(Kind.ADDED, key)
    elif after is None:
        yield ObjectChange(Kind.REMOVED, key)
    elif before != after:
        yield ObjectChange(Kind.CHANGED, key, tuple(seen(key, each) for each in differences(before, after)))


def seen(key: Identity, change: FieldChange) -> FieldChange:
    """The change as it may be shown: of a Secret's data and of environment variables only the names."""
    data = key.kind == "Secret" and change.path[0] in {"data", "stringData"}
    variable = "env" in change.path and change.path[-1] == "value"
    return hidden(change) if data or variable else change


def hidden(change: FieldChange) -> FieldChange:
    """The change without its values."""
    return FieldChange(
        change.path,
        None if change.before is None else HIDDEN,
        None if change.after is None else HIDDEN,
    )
