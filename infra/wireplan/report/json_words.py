"""The words that the JSON Schemas of our formats are made of. They allow keys that they do not know: within a version, keys are added."""

from typing import Any

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PLACE = {"$ref": "#/$defs/place"}
COUNT = {"type": "integer", "minimum": 0}
POSITION = {"type": "integer", "minimum": 1}


def place() -> dict[str, Any]:
    """A stretch of a file."""
    found = record(file=text(), line=POSITION, column=POSITION)
    end = {"end_line": POSITION, "end_column": {**POSITION, "description": "One past the last."}}
    return {
        "description": "Lines and columns count from 1. Without an end it is a point.",
        **found,
        "properties": {**found["properties"], **end},
        "dependentRequired": {"end_line": ["end_column"], "end_column": ["end_line"]},
    }


def record(**properties: Any) -> dict[str, Any]:
    """A map with these keys, all of which are there."""
    return {"type": "object", "required": list(properties), "properties": properties}


def counts(said: str) -> dict[str, Any]:
    """A map of numbers."""
    return {"type": "object", "description": said, "additionalProperties": COUNT}


def many(each: dict[str, Any]) -> dict[str, Any]:
    """A list."""
    return {"type": "array", "items": each}


def truth(said: str) -> dict[str, Any]:
    """Yes or no."""
    return {"type": "boolean", "description": said}


def text(said: str = "") -> dict[str, Any]:
    """A text, and what it says."""
    return {"type": "string", "description": said} if said else {"type": "string"}


def path(said: str) -> dict[str, Any]:
    """The keys that lead to a value of the topology."""
    return {"description": said, **many({"type": ["string", "integer"]})}


def number(said: str, *, none: str = "") -> dict[str, Any]:
    """A number that is not negative; `none` says what null means, where it may be null."""
    kind: str | list[str] = ["number", "null"] if none else "number"
    return {"type": kind, "minimum": 0, "description": f"{said} {none}".rstrip()}


def count(said: str, *, none: str = "") -> dict[str, Any]:
    """The same, whole."""
    kind: str | list[str] = ["integer", "null"] if none else "integer"
    return {"type": kind, "minimum": 0, "description": f"{said} {none}".rstrip()}
