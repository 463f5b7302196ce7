"""Walk a package and collect what its modules declare: the folder listing is the register."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


class DuplicateError(Exception):
    """Two modules declare the same key, which would make one of them silently unreachable."""


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """Every module under `package`, sub-packages included, in name order."""
    for info in sorted(pkgutil.walk_packages(package.__path__, package.__name__ + "."), key=lambda i: i.name):
        if not info.ispkg:
            yield importlib.import_module(info.name)


def declared(package: ModuleType, kind: type[T]) -> list[T]:
    """Every module-level value of `kind` in the modules under `package`.

    A value imported from elsewhere counts once, where it was first seen.
    """
    seen: dict[int, T] = {}
    for module in modules(package):
        for value in vars(module).values():
            if isinstance(value, kind):
                seen.setdefault(id(value), value)
    return list(seen.values())


def keyed(package: ModuleType, kind: type[T], attribute: str) -> dict[str, T]:
    """Declared values by one of their attributes.

    Raises:
        DuplicateError: two values carry the same key.
    """
    table: dict[str, T] = {}
    for value in declared(package, kind):
        key = str(getattr(value, attribute))
        if key in table:
            raise DuplicateError(f"{key} is declared twice in {package.__name__}")
        table[key] = value
    return dict(sorted(table.items()))
