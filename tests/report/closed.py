"""A JSON Schema that takes no key beyond those it describes: what we write ourselves has none."""

from typing import Any


def closed(schema: Any) -> Any:
    """The same schema without room for keys that it does not describe."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    return {**found, "additionalProperties": False} if "required" in found else found
