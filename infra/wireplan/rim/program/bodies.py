"""Reading into the plain data of objects, events and states, where anything on the way may be missing."""

from collections.abc import Mapping
from typing import Any, cast

Body = Mapping[str, Any]


def at(inputs: Any, *path: str) -> Any:
    """The value at a path, or None."""
    for key in path:
        if not isinstance(inputs, Mapping):
            return None
        inputs = cast("Body", inputs).get(key)
    return inputs


def rows(inputs: Any, *path: str) -> list[Body]:
    """The list of mappings at a path; empty where there is none."""
    found = at(inputs, *path)
    return cast("list[Body]", found) if isinstance(found, list) else []
