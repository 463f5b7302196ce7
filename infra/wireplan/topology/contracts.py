"""Contracts as data: a FileDescriptorSet to gRPC services, methods and the fields of messages (spec rows P6, P7)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from wireplan.topology.types import Contract, Idempotency, Method

VERSION = 2
"""Changes when the JSON form does, so that an old cache is not read."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What the protos of a system declare."""

    contracts: Mapping[str, Contract] = field(default_factory=dict[str, Contract])
    messages: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    files: Mapping[str, str] = field(default_factory=dict[str, str])


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
    messages: dict[str, tuple[str, ...]] = {}
    where: dict[str, str] = {}
    for file in files.file:
        prefix = f"{file.package}." if file.package else ""
        contracts.update({prefix + s.name: _contract(prefix + s.name, s, file.name) for s in file.service})
        found = dict(_messages(file.message_type, prefix))
        messages.update(found)
        where.update(dict.fromkeys(found, file.name))
    return Schema(contracts, messages, where)


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


def _messages(types: Any, prefix: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for kind in types:
        yield prefix + kind.name, tuple(field.name for field in kind.field)
        yield from _messages(kind.nested_type, f"{prefix}{kind.name}.")


def to_json(schema: Schema) -> str:
    """A text that `from_json` reads without protobuf, which takes as long to import as the rest of a check."""
    contracts = {
        name: {
            "file": c.file,
            "methods": [[m.name, m.idempotency.value, m.request, m.response] for m in c.methods.values()],
        }
        for name, c in schema.contracts.items()
    }
    known = {"messages": schema.messages, "files": schema.files}
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
    messages: dict[str, list[str]] = table["messages"]
    return Schema(
        {name: Contract(name, {m[0]: Method(m[0], Idempotency(m[1]), m[2], m[3]) for m in c["methods"]}, c["file"])
         for name, c in contracts.items()},
        {name: tuple(fields) for name, fields in messages.items()},
        cast("dict[str, str]", table["files"]),
    )  # fmt: skip
