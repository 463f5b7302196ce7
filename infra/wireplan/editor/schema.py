"""The JSON Schema of topology files, asked by path: which keys and words may stand somewhere, and what a field says."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from wireplan.load.document import Path
from wireplan.model import schema as schemas

Json = dict[str, Any]


@cache
def whole(*, overlay: bool) -> Json:
    """The schema of topologies, or of overlays; made once, since an editor asks at every letter."""
    return schemas.overlay() if overlay else schemas.topology()


def forms(root: Json, node: Json) -> Iterator[Json]:
    """The forms that a value may have: references followed, alternatives one by one."""
    if "$ref" in node:
        yield from forms(root, root["$defs"][node["$ref"].rpartition("/")[2]])
    for each in node.get("anyOf", ()):
        yield from forms(root, each)
    if "$ref" not in node and "anyOf" not in node:
        yield node


def fields(root: Json, path: Path) -> list[Json]:
    """The schemas of the value at a path, as their fields say them."""
    found: list[Json] = [root]
    for step in path:
        found = [inner for node in found for inner in inside(list(forms(root, node)), step)]
    return found


def inside(found: Sequence[Json], step: str | int) -> Iterator[Json]:
    """The schemas one step down."""
    if isinstance(step, int):
        yield from (form["items"] for form in found if isinstance(form.get("items"), dict))
        return
    for form in found:
        if step in form.get("properties", {}):
            yield form["properties"][step]
            return
    for form in found:
        yield from form.get("patternProperties", {}).values()
        if isinstance(form.get("additionalProperties"), dict):
            yield form["additionalProperties"]
    if any(form.get("maxProperties") == 1 for form in found):  # `{reserve: {call: ...}}` names an item first
        yield from (form for form in found if "properties" in form)


def at(root: Json, path: Path) -> list[Json]:
    """The forms of the value at a path."""
    return [form for node in fields(root, path) for form in forms(root, node)]


def keys(root: Json, path: Path) -> dict[str, str]:
    """The keys that may stand in the map at a path, each with what it says."""
    return {
        name: field.get("description", "")
        for form in at(root, path)
        for name, field in form.get("properties", {}).items()
    }


def words(root: Json, path: Path) -> list[str]:
    """The words that the value at a path may be."""
    found: dict[str, None] = {}
    for form in at(root, path):
        allowed = [*form.get("enum", ()), *([form["const"]] if "const" in form else ())]
        found.update(dict.fromkeys(str(word) for word in allowed))
        if form.get("type") == "boolean":
            found.update({"true": None, "false": None})
    return list(found)


def names(root: Json, noun: str) -> list[str]:
    """The patterns that a name of a noun must fit."""
    return [pattern for form in at(root, (noun,)) for pattern in form.get("patternProperties", {})]


def said(root: Json, path: Path) -> str:
    """What the field at a path says; of a part with a name, what a part of its kind is."""
    for node in fields(root, path):
        texts = [node.get("description", ""), *(form.get("description", "") for form in forms(root, node))]
        found = next((text for text in texts if text), "")
        if found:
            return found
    return ""
