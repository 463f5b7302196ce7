"""Frozen dataclasses at a third of the standard library's price: `from wireplan.records import dataclass`.

`dataclasses` compiles six methods for every class when a module is imported. For the some seventy frozen classes that a check needs, that
is a tenth of its time (benchmarks/run.py, goal 1), while comparing, hashing, printing and refusing to change can be written once for all.
Type checkers see the standard decorator; to `fields`, `replace` and `asdict` a class is a dataclass like any other.
"""

import dataclasses
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass", "empty"]

T = TypeVar("T")


def empty() -> Mapping[Any, Any]:
    """A mapping with nothing in it that nobody can change: the default of a frozen class's field."""
    return MappingProxyType({})


def _record(cls: type[T]) -> type[T]:
    """The class with slots, an `__init__` of its own, and the methods below."""
    made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    made.__init__ = _init(made)
    for name, method in _SHARED.items():
        setattr(made, name, method)
    return made


def _init(cls: type[Any]) -> Callable[..., None]:
    """The one method that must know the fields: compiled, since everything that is resolved goes through it."""
    scope: dict[str, Any] = {"put": object.__setattr__}
    arguments, body = ["self"], ["    pass"]
    for field in dataclasses.fields(cls):
        name, given = field.name, field.name
        if field.default is not dataclasses.MISSING:
            scope[f"default_{name}"] = field.default
            arguments.append(f"{name}=default_{name}")
        elif field.default_factory is not dataclasses.MISSING:
            scope[f"make_{name}"] = field.default_factory
            arguments.append(f"{name}=put")
            given = f"make_{name}() if {name} is put else {name}"
        else:
            arguments.append(name)
        body.append(f"    put(self, {name!r}, {given})")
    exec(f"def __init__({', '.join(arguments)}):\n" + "\n".join(body), scope)  # noqa: S102 - as dataclasses does
    return scope["__init__"]


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self.__slots__])


def _eq(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={value!r}" for name, value in zip(self.__slots__, _values(self), strict=True))
    return f"{type(self).__qualname__}({shown})"


def _refuse(self: Any, name: str, *_: object) -> None:
    raise dataclasses.FrozenInstanceError(f"{type(self).__qualname__}.{name} cannot be changed")


def _get_state(self: Any) -> tuple[Any, ...]:
    return _values(self)


def _set_state(self: Any, state: tuple[Any, ...]) -> None:
    for name, value in zip(self.__slots__, state, strict=True):
        object.__setattr__(self, name, value)


_SHARED: dict[str, Callable[..., Any]] = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__getstate__": _get_state,
    "__setstate__": _set_state,
}

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen, slots):
        """`@dataclass(frozen=True, slots=True)`, and nothing else: what is not frozen takes the standard one."""
        if not (frozen and slots):
            raise TypeError("only frozen classes with slots are made here")
        return _record
