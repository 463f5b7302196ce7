"""What may be written at a path of a topology file: the model, asked step by step."""

import types
from typing import Annotated, Any, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel

from wireplan.model.system import System

Path = tuple[str | int, ...]


def keys_at(path: Path) -> list[str]:
    """The keys that the model knows at a path of the document."""
    found = part(type_at(path))
    if found is None:
        return []
    return sorted(field.alias or name for name, field in found.model_fields.items())


def stepped(annotation: Any, step: str | int) -> Any:
    """The type one step down."""
    found = part(annotation)
    if found is not None:
        for name, field in found.model_fields.items():
            if step == (field.alias or name):
                return field.annotation
        return None
    for option in options(annotation):
        origin, args = get_origin(option), get_args(option)
        if origin is dict:
            return args[1]
        if origin is list:
            return args[0]
    return None


def part(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation, if it is one."""
    return next((option for option in options(annotation) if is_model(option)), None)


def is_model(option: Any) -> TypeGuard[type[BaseModel]]:
    """Whether an annotation is a model."""
    return isinstance(option, type) and issubclass(option, BaseModel)


def options(annotation: Any) -> list[Any]:
    """The types that an annotation allows: unions and Annotated taken apart."""
    if get_origin(annotation) is Annotated:
        return options(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [found for arg in get_args(annotation) for found in options(arg)]
    return [annotation]


def holds_names(path: Path) -> bool:
    """Whether the map at a path has names as its keys, not fields."""
    found = type_at(path)
    return part(found) is None and any(get_origin(option) is dict for option in options(found))


def type_at(path: Path) -> Any:
    """What the model says of the value at a path; None where it knows none."""
    found: Any = System
    for step in path:
        found = stepped(found, step)
    return found


def writable(path: Path) -> bool:
    """Whether something may be written at a path; items of lists go by their numbers."""
    found: Any = System
    for step in path:
        lists = any(get_origin(option) is list for option in options(found))
        if isinstance(step, str) and lists and not part(found):
            return False
        found = stepped(found, step)
    return found is not None
