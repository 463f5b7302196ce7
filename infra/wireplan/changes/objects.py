"""Rendered Kubernetes objects against rendered objects, known by kind, namespace and name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wireplan.changes.nodes import Kind
from wireplan.changes.values import FieldChange, Step, differences, hidden

Object = Mapping[str, Any]


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
    return hidden(change) if data or of_variable(change.path) else change


def of_variable(path: Step) -> bool:
    """Whether a path leads to the value of an environment variable, or into it where it holds JSON."""
    return "env" in path and "value" in path[path.index("env") + 2 :][:1]
