"""Contracts as data: a FileDescriptorSet to gRPC services, methods and the fields of messages (spec rows P6, P7)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from wireplan.topology.types import Contract, Idempotency, Method

VERSION = 5
"""Changes when the JSON form does, so that an old cache is not read."""

RULES = "buf.validate"
"""The package of the options that say what a message must be (protovalidate's): it is at hand beside the contracts, and no part of them."""
RULED = f"{RULES}.FieldRules"
"""The one message of it that is known: where it is, contracts may have rules."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What the protos of a system declare."""

    contracts: Mapping[str, Contract] = field(default_factory=dict[str, Contract])
    messages: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    kinds: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """The fields of each message and what they hold: `string`, `repeated int32`, `google.protobuf.Timestamp`, `enum x.v1.State`."""


def parsed(descriptors: bytes) -> Schema:
    """The schema in a serialized FileDescriptorSet.

    Raises:
        ValueError: the bytes are no such set.
    """
    from google.protobuf import descriptor_pb2, message

    files = descriptor_pb2.FileDescriptorSet()
    try:
        files.ParseFromString(descriptors)
    except message.DecodeError as error:
        raise ValueError("these bytes are no FileDescriptorSet") from error
    contracts: dict[str, Contract] = {}
    kinds: dict[str, Mapping[str, str]] = {}
    where: dict[str, str] = {}
    for file in files.file:
        prefix = f"{file.package}." if file.package else ""
        contracts.update({prefix + s.name: _contract(prefix + s.name, s, file.name) for s in file.service})
        if file.package == RULES:
            where[RULED] = file.name
            continue
        found = dict(_messages(file.message_type, prefix))
        kinds.update(found)
        where.update(dict.fromkeys(found, file.name))
    return Schema(contracts, _names(kinds), where, kinds)


def _names(kinds: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    return {message: tuple(fields) for message, fields in kinds.items()}


def _contract(name: str, service: Any, file: str) -> Contract:
    return Contract(name, {m.name: _method(m) for m in service.method}, file)


def _method(method: Any) -> Method:
    levels = (
        Idempotency.UNKNOWN,
        Idempotency.NO_SIDE_EFFECTS,
        Idempotency.IDEMPOTENT,
    )  # by the enum's numbers
    level = levels[int(method.options.idempotency_level)]
    return Method(method.name, level, method.input_type.lstrip("."), method.output_type.lstrip("."))


def _messages(types: Any, prefix: str) -> Iterator[tuple[str, dict[str, str]]]:
    for kind in types:
        yield prefix + kind.name, {field.name: _kind(field) for field in kind.field}
        yield from _messages(kind.nested_type, f"{prefix}{kind.name}.")


def _kind(field: Any) -> str:
    word = str(field.Type.Name(field.type)).removeprefix("TYPE_").lower()
    named = field.type_name.lstrip(".")
    held = named if word in ("message", "group") else f"enum {named}" if named else word
    return f"repeated {held}" if field.label == field.LABEL_REPEATED else held


def to_json(schema: Schema) -> str:
    """A text that `from_json` reads without protobuf, which takes as long to import as the rest of a check."""
    contracts = {
        name: {
            "file": c.file,
            "methods": [[m.name, m.idempotency.value, m.request, m.response] for m in c.methods.values()],
        }
        for name, c in schema.contracts.items()
    }
    known = {"messages": schema.kinds, "files": schema.files}
    return json.dumps({"version": VERSION, "contracts": contracts, **known})


def from_json(text: str) -> Schema:
    """The schema that `to_json` wrote.

    Raises:
        ValueError: it was written by another version, or is damaged.
    """
    data: Any = json.loads(text)
    if not isinstance(data, dict) or "version" not in data or data["version"] != VERSION:
        raise ValueError("not a schema of this version")
    table = cast("dict[str, Any]", data)
    contracts: dict[str, Any] = table["contracts"]
    kinds: dict[str, dict[str, str]] = table["messages"]
    return Schema(
        {name: Contract(name, {m[0]: Method(m[0], Idempotency(m[1]), m[2], m[3]) for m in c["methods"]}, c["file"])
         for name, c in contracts.items()},
        _names(kinds),
        cast("dict[str, str]", table["files"]),
        kinds,
    )  # fmt: skip
