"""The model as a JSON Schema (draft 2020-12), so that editors complete and explain a topology file.

What a field says comes from the docstring under it. Docstrings are read from the source here, where a schema is asked
for, and not by Pydantic for every command.
"""

import ast
import inspect
import sys
from functools import cache
from typing import Any, cast

from pydantic import BaseModel

from wireplan.model.system import System

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Json = dict[str, Any]

NULL: Json = {"type": "null"}


def topology() -> Json:
    """The schema of a topology file."""
    return finished(raw(), "A Wireplan topology")


def overlay() -> Json:
    """The schema of an overlay: nothing must be there, and null removes."""
    schema = finished(raw(), "A Wireplan overlay")
    for part in [schema, *schema["$defs"].values()]:
        part.pop("required", None)
        part["properties"] = {name: nullable(field) for name, field in part.get("properties", {}).items()}
    return schema


def raw() -> Json:
    """Pydantic's schema. Parts that stand as defaults are built first: before Pydantic 2.13 it could not print them otherwise."""
    for part in models(System):
        part.model_rebuild()
    return System.model_json_schema(by_alias=True, mode="validation")


def finished(schema: Json, title: str) -> Json:
    """Pydantic's schema with what fields say, and without what editors do not need."""
    documented(schema, System)
    for part in models(System):
        if part.__name__ in schema["$defs"]:
            documented(schema["$defs"][part.__name__], part)
    return {"$schema": DRAFT, "title": title, **tidy({k: v for k, v in schema.items() if k != "title"})}


def documented(schema: Json, model: type[BaseModel]) -> None:
    """Write what the fields of one model say into its schema."""
    schema["description"] = inspect.cleandoc(model.__doc__ or "")
    for name, field in model.model_fields.items():
        shown = schema.get("properties", {}).get(field.alias or name)
        said = next((docs(base)[name] for base in model.__mro__ if name in docs(base)), None)
        if shown is not None and said:
            shown["description"] = said


@cache
def docs(model: type) -> dict[str, str]:
    """The docstrings under the fields of one class, by field."""
    if not issubclass(model, BaseModel) or model.__module__.startswith("pydantic"):
        return {}
    for node in ast.parse(inspect.getsource(sys.modules[model.__module__])).body:
        if isinstance(node, ast.ClassDef) and node.name == model.__name__:
            return dict(said(node))
    return {}


def said(node: ast.ClassDef) -> list[tuple[str, str]]:
    """Each field of a class with the text that stands under it."""
    found: list[tuple[str, str]] = []
    for field, after in zip(node.body, node.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            found.append((field.target.id, inspect.cleandoc(str(after.value.value))))
    return found


def models(base: type[BaseModel]) -> list[type[BaseModel]]:
    """Every model of the room."""
    found: list[type[BaseModel]] = []
    waiting = [base.__mro__[1]]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting.extend(current.__subclasses__())
    return found


def tidy(value: Any, *, names: bool = False) -> Any:
    """Without generated titles and null defaults; `names` where the keys are names of fields, not of the schema's."""
    if isinstance(value, list):
        return [tidy(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    table = cast("Json", value)
    return {
        key: tidy(item, names=key in ("properties", "$defs") and not names)
        for key, item in table.items()
        if names or not (key == "title" or (key == "default" and item in (None, {}, [])))
    }


def nullable(field: Json) -> Json:
    """A field that may also be null, and of a map each part by itself (`services: {tips: null}`)."""
    return {"anyOf": [parts_nullable(field), NULL], "description": field.get("description", "")}


def parts_nullable(field: Json) -> Json:
    """A map whose parts may be null; other fields as they are."""
    found = dict(field)
    if "anyOf" in field:
        found["anyOf"] = [parts_nullable(form) for form in field["anyOf"]]
    for name, form in field.get("patternProperties", {}).items():
        found["patternProperties"] = {**found["patternProperties"], name: {"anyOf": [form, NULL]}}
    if isinstance(field.get("additionalProperties"), dict):
        found["additionalProperties"] = {"anyOf": [field["additionalProperties"], NULL]}
    return found
