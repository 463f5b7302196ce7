"""What the value of a record says: as its message where the contracts are at hand, else as text, else as bytes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wireplan.rim import contracts
from wireplan.rim.trouble import Trouble

BYTES_A_LINE = 16


def shown(value: bytes, message: str, protos: Path | None, *, cut: bool = False) -> dict[str, Any]:
    """`what` it is taken for, its `text`, and where it could be decoded, the message as `json`; `cut`: it is a beginning only."""
    said = decoded(value, message, protos) if message and protos and not cut else None
    if said is not None:
        return {"what": message, "text": json.dumps(said, indent=2, ensure_ascii=False), "json": said}
    beginning = ", its beginning" if cut else ""
    text = readable(value)
    if text is None:
        return {"what": f"bytes{beginning}", "text": dump(value), "json": None}
    return {"what": f"text{beginning}", "text": text, "json": None}


def decoded(value: bytes, message: str, protos: Path) -> Mapping[str, Any] | None:
    """The message as JSON has it; None where the contracts have no such message, cannot be compiled, or the bytes are none."""
    from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
    from google.protobuf.message import DecodeError

    sources = contracts.texts(protos)
    try:
        compiled = contracts.descriptors(protos, sources, imports=True) if sources else b""
    except Trouble:
        return None
    pool: Any = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(compiled).file:
        pool.Add(file)
    try:
        kind: Any = message_factory.GetMessageClass(pool.FindMessageTypeByName(message))
        found = kind.FromString(value)
        return json_format.MessageToDict(found, preserving_proto_field_name=True, descriptor_pool=pool)
    except (KeyError, DecodeError, ValueError):
        return None


def readable(value: bytes) -> str | None:
    """The value as text, where it is one."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return text if all(letter.isprintable() or letter in "\n\t\r" for letter in text) else None


def dump(value: bytes) -> str:
    """The value in hexadecimal, beside what of it can be read."""
    lines: list[str] = []
    for begin in range(0, len(value), BYTES_A_LINE):
        some = value[begin : begin + BYTES_A_LINE]
        letters = "".join(chr(each) if 32 <= each < 127 else "." for each in some)
        lines.append(f"{begin:06x}  {some.hex(' '):{3 * BYTES_A_LINE}} {letters}")
    return "\n".join(lines)
