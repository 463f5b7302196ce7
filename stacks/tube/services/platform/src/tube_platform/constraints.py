"""What a contract asks of a message beyond the types of its fields, held where one comes in and where one goes out (row P6).

The rules stand in the .proto files, as options of `buf.validate`; protovalidate's engine holds messages against them, in microseconds. A contract
without rules costs nothing: neither engine nor memory.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.message import Message

from tube_platform.errors import Invalid, Violation

if TYPE_CHECKING:
    from protovalidate import Violation as Found

RULES = "buf/validate/validate.proto"
"""The file that brings the options: a contract that does not import it has no rules."""

MOST = 20
"""Violations that are told: they travel in a header, of which gRPC takes 8 KiB, and each is a mistake of one program."""

LONGEST = 200
"""Characters of a field's path or a sentence, for the same reason."""

REASON = "schema"
"""As a gateway says it of a body that does not fit: to a client it is the same."""


def check(message: Message) -> None:
    """Let a message pass that is as its contract says.

    Raises:
        Invalid: it is not; the problem says which fields, and why, and never their values.
    """
    if found := broken(message):
        raise Invalid(text(found), REASON, found)


def broken(message: Message) -> tuple[Violation, ...]:
    """The rules of its contract that a message breaks, the first of them."""
    if not _ruled(message.DESCRIPTOR.file):
        return ()
    import protovalidate

    return tuple(_violation(each) for each in protovalidate.collect_violations(message)[:MOST])


def prepare(kinds: Iterable[Descriptor]) -> None:
    """Make the rules of messages ready, so that the first message need not wait, and a rule that nobody can hold keeps the process from starting.

    Raises:
        CompilationError: a rule is none.
    """
    for kind in kinds:
        made: Any = message_factory.GetMessageClass(kind)
        broken(made())


def text(found: Iterable[Violation]) -> str:
    """Violations as a sentence."""
    return "; ".join(f"{each.field}: {each.says}" if each.field else each.says for each in found)


@cache
def _ruled(file: FileDescriptor) -> bool:
    """Whether the messages of a file, or those that lie within them, may have rules."""
    return any(each.name == RULES or _ruled(each) for each in file.dependencies)


def _violation(found: "Found") -> Violation:
    said = found.proto
    path = ".".join(_path(said.field.elements)) if said.field else ""
    return Violation(
        path[:LONGEST], said.rule_id.upper().replace(".", "_"), (said.message or said.rule_id)[:LONGEST]
    )


def _path(elements: Iterable[Any]) -> Iterator[str]:
    """The names of fields; an entry of a list with its number, one of a map without its key, which is somebody's value."""
    for each in elements:
        at = each.subscript
        yield each.field_name + ("" if at is None else f"[{at.value}]" if at.field == "index" else "[]")
