"""GraphQL beside REST as its author wrote it (spec row P4)."""

from typing import Annotated, cast

from pydantic import Field
from pydantic_core import PydanticCustomError

from wireplan.model.base import Part

Bound = Annotated[int, Field(ge=1, le=10_000)]


class GraphQL(Part):
    """How large a query may be. A query is measured as it is written: fields of fragments count wherever they are spread."""

    depth: Bound | None = None
    """How deep fields may be nested."""
    fields: Bound | None = None
    """Fields in all."""
    root_fields: Bound | None = None
    """Fields at the top: each is a request of its route, and counts as one."""
    aliases: Bound | None = None
    """Fields under another name, by which the same one can be asked for several times."""
    batch: Bound | None = None
    """Queries in one request; with 1 a list of them is refused."""
    introspection: bool | None = None
    """Whether clients may ask for the schema; in dev by default."""


def switched(value: object) -> object:
    """`true` becomes `{}`, `false` nothing.

    Raises:
        PydanticCustomError: it is neither, and no map.
    """
    if isinstance(value, bool):
        return {} if value else None
    if value is not None and not isinstance(value, dict | Part):
        raise PydanticCustomError("switch", "it is true or false, or a map of bounds", {})
    return cast("object", value)


SWITCH: dict[str, object] = {"type": "boolean"}
