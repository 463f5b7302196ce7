"""The operations of an OpenAPI document, and what GraphQL calls them: plain data.

The document is the one that the service serves, so a route is written down once. Left out is what GraphQL has no word for:
pages and files, bodies that are no JSON, answers that send a browser on, and what is never limited (`/.well-known/`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tube_platform.limits.policies import NEVER

QUERIES, MUTATIONS = ("get",), ("post", "put", "patch", "delete")
JSON = "application/json"
OWN_HEADERS = frozenset({"authorization"})
"""Headers that a request carries for all of its fields."""

SENDING_ON = frozenset({"301", "302", "303", "307", "308", "3XX"})
"""Answers by which a browser goes elsewhere."""

type Json = Mapping[str, Any]


class SchemaError(Exception):
    """No schema can be made of the document; the sentence says which routes are in each other's way."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a route takes from its path, its query or a header; `name` as HTTP spells it."""

    name: str
    place: str
    schema: Json
    required: bool
    says: str

    @property
    def argument(self) -> str:
        """As GraphQL spells it."""
        return camel(self.name)


@dataclass(frozen=True, slots=True)
class Operation:
    """One route with one method. `body` is the schema of what it takes as JSON, `answer` of what it gives: None is nothing."""

    field: str
    method: str
    path: str
    says: str
    parameters: tuple[Parameter, ...]
    body: Json | None
    body_required: bool
    answer: Json | None

    @property
    def safe(self) -> bool:
        """Whether it only reads."""
        return self.method in QUERIES


def operations(document: Json) -> list[Operation]:
    """Every operation that GraphQL offers; raises SchemaError when two would have the same name."""
    found: dict[str, Operation] = {}
    for each in _operations(document):
        other = found.setdefault(each.field, each)
        if other is not each:
            raise SchemaError(
                f"{other.method.upper()} {other.path} and {each.method.upper()} {each.path} would both be the field "
                f"{each.field}: give one of them an operation_id"
            )
    return list(found.values())


def camel(text: str) -> str:
    """`page_size` and `Idempotency-Key` as GraphQL spells names: `pageSize`, `idempotencyKey`."""
    first, *rest = [part for part in re.split(r"[^A-Za-z0-9]+", text) if part] or ["_"]
    name = first[0].lower() + first[1:] + "".join(part[0].upper() + part[1:] for part in rest)
    return f"_{name}" if name[0].isdigit() else name


def _operations(document: Json) -> Iterator[Operation]:
    for path, item in document.get("paths", {}).items():
        for method in (*QUERIES, *MUTATIONS):
            if method in item and not path.startswith(NEVER):
                yield from _operation(method, path, item[method])


def _operation(method: str, path: str, said: Json) -> Iterator[Operation]:
    body = said.get("requestBody", {})
    responses = said.get("responses", {})
    taken, given = _schema(body), _answer(responses)
    if (body and taken is None) or given is False or SENDING_ON & responses.keys():
        return
    yield Operation(
        field=_field(method, path, said),
        method=method,
        path=path,
        says=str(said.get("description", "")),
        parameters=tuple(_parameters(said)),
        body=taken,
        body_required=bool(body.get("required")),
        answer=cast("Json | None", given),
    )


def _field(method: str, path: str, said: Json) -> str:
    """The operationId that its author gave, or the tag and the name of the function."""
    own = str(said["operationId"])
    made = re.sub(r"\W", "_", path) + f"_{method}"  # how FastAPI ends the one that it makes itself
    if not own.endswith(made):
        return camel(own)
    return camel("_".join([*said.get("tags", ())[:1], own.removesuffix(made)]))


def _parameters(said: Json) -> Iterator[Parameter]:
    for each in said.get("parameters", ()):
        if each["in"] in ("path", "query", "header") and each["name"].lower() not in OWN_HEADERS:
            yield Parameter(
                each["name"],
                each["in"],
                each.get("schema", {}),
                bool(each.get("required")),
                str(each.get("description", "")),
            )


def _answer(responses: Json) -> Json | bool | None:
    """The schema of the good answer; None where it has no content, False where that is no JSON."""
    good: list[Json] = [responses[status] for status in sorted(responses) if status.startswith("2")]
    if not good or not good[0].get("content"):
        return None
    found = _schema(good[0])
    return False if found is None else found


def _schema(content: Json) -> Json | None:
    found = content.get("content", {}).get(JSON)
    return None if found is None else found.get("schema", {})
