"""What is left of a document when its wrong values are taken out, so that the rest can be checked in the same run.

Who corrects a misspelt key should not then be told of a service that was unknown all along.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wireplan.load.document import Document, Path
from wireplan.load.limits import REMOVED
from wireplan.model.system import System

ROUNDS = 6
"""Taking out a value may leave its part without what it needs; that part goes in the next round."""

NEEDED: dict[str, Any] = {"system": "unnamed", "services": {}}


@dataclass(frozen=True, slots=True)
class Rest:
    """The system without its wrong values; of the parts named in `unsure` something is missing."""

    system: System
    unsure: frozenset[str]


def rest(document: Document, error: ValidationError, build: Callable[[Any], System]) -> Rest | None:
    """What is left of a document, or None where too much is wrong: taking a value out copies what it stood in."""
    from wireplan.load.shape import located

    if error.error_count() > REMOVED:
        return None
    data: Any = document.data
    unsure: set[str] = set()
    for _ in range(ROUNDS):
        paths = {place(detail, located(detail, document)) for detail in error.errors(include_url=False)}
        data = without(data, paths)
        unsure.update(names(paths))
        try:
            return Rest(build(data), frozenset(unsure))
        except ValidationError as again:
            error = again
    return None


def place(detail: ErrorDetails, path: Path) -> Path:
    """What has to go: the value, or the part that lacks something."""
    return path[:-1] if detail["type"] == "missing" and len(path) > 1 else path


def names(paths: Iterable[Path]) -> set[str]:
    """The parts that something was taken from, and what that was (`kafka.bootstrap`); a cluster's databases count as a whole, since it lists them."""
    found = {str(path[1]) for path in paths if len(path) > 1}
    found.update(f"{path[0]}.{path[1]}" for path in paths if len(path) > 1)
    found.update(str(path[0]) for path in paths if len(path) == 1 or path[:1] == ("databases",))
    return found


def without(data: Any, paths: Iterable[Path]) -> Any:
    """The data without the values at some paths, the last first, so that the indexes of the others stay right."""
    for path in sorted(paths, key=lambda p: tuple(str(step).rjust(9) for step in p), reverse=True):
        data = removed(data, path)
    return data


def removed(data: Any, path: Path) -> Any:
    """The data without the value at one path; what a topology cannot be without is replaced."""
    if not path:
        return dict(NEEDED)
    step, below = path[0], path[1:]
    if isinstance(data, dict):
        return from_map(cast("dict[str, Any]", data), str(step), below)
    if isinstance(data, list):
        return from_list(cast("list[Any]", data), step, below)
    return data


def from_map(table: dict[str, Any], step: str, below: Path) -> Any:
    """A map without what is at a path in it."""
    if step not in table:
        inner = (
            {key: removed(value, (step, *below)) for key, value in table.items()}
            if len(table) == 1
            else table
        )
        return {**inner, step: NEEDED[step]} if step in NEEDED and not below else inner
    if below:
        return {**table, step: removed(table[step], below)}
    return {key: value for key, value in table.items() if key != step}


def from_list(items: list[Any], step: str | int, below: Path) -> list[Any]:
    """A list without what is at a path in it; an item may be named by its text."""
    if isinstance(step, str):
        return [item for item in items if item != step]
    if below:
        return [removed(item, below) if index == step else item for index, item in enumerate(items)]
    return [item for index, item in enumerate(items) if index != step]
