"""Two values side by side: the fields that differ, by path, with what they were and what they are."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, cast

Step = tuple[str, ...]
HIDDEN = "(hidden)"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. None where it was not, or is no more."""

    path: Step
    before: Any
    after: Any

    @property
    def name(self) -> str:
        """The path with dots."""
        return ".".join(self.path)


def hidden(change: FieldChange) -> FieldChange:
    """The change without its values."""
    return FieldChange(
        change.path,
        None if change.before is None else HIDDEN,
        None if change.after is None else HIDDEN,
    )


def differences(before: Any, after: Any) -> tuple[FieldChange, ...]:
    """Every leaf that differs between two values, in the order of its path."""
    old, new = dict(leaves(before)), dict(leaves(after))
    return tuple(
        FieldChange(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    )


def leaves(value: Any, path: Step = ()) -> Iterator[tuple[Step, Any]]:
    """Every leaf with its path. Lists of named things go by name, so that an insertion does not shift the rest.

    A text that holds a JSON object or list (a ConfigMap's file) is opened as well.
    """
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from leaves(getattr(value, each.name), (*path, each.name))
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[Any, Any]", value).items():
            yield from leaves(item, (*path, str(key)))
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for key, item in keyed(cast("Sequence[Any]", value)):
            yield from leaves(item, (*path, key))
    elif isinstance(value, str) and value.startswith(("{", "[")):
        yield from opened(value, path)
    else:
        yield path, value.value if isinstance(value, Enum) else value


def keyed(items: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """The items of a list with a key each: their name where all have one of their own, else their place."""
    names = [name_of(item) for item in items]
    by_name = all(names) and len(set(names)) == len(names)
    for index, item in enumerate(items):
        yield (f"[{names[index]}]" if by_name else f"[{index}]"), item


def name_of(item: Any) -> str:
    """The name of an item of a list; empty if it has none."""
    if isinstance(item, Mapping):
        return str(cast("Mapping[str, Any]", item).get("name", ""))
    return str(getattr(item, "name", ""))


def opened(text: str, path: Step) -> Iterator[tuple[Step, Any]]:
    """The leaves of JSON in a text; the text itself where it is none, or holds nothing."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    yield from leaves(value, path) if value else [(path, text)]
