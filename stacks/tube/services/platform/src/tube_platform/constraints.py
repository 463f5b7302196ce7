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
"""Violations that are told: they are mistakes of one program, and who mends the first of them mends the others."""

LONGEST = 200
"""Characters of a field's path, a rule or a sentence."""

ROOM = 6 * 1024
"""Bytes that violations may take in headers. gRPC takes 8 KiB of them: with more, the caller gets RESOURCE_EXHAUSTED in place of the refusal, and his breaker counts a failure."""

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

    try:
        found = protovalidate.collect_violations(message)
    except protovalidate.EvaluationError:  # such as a division by a field that is 0
        return (Violation("", "EVALUATION", "a rule of its contract has no answer for what it holds"),)
    return tuple(_fitting(_violation(each) for each in found[:MOST]))


def prepare(kinds: Iterable[Descriptor]) -> None:
    """Make the rules of messages ready, so that the first message need not wait, and a rule that nobody can hold keeps the process from starting.

    Raises:
        CompilationError: a rule is none, of one of them or of what may lie within it.
    """
    for kind in _within(kinds):
        made: Any = message_factory.GetMessageClass(kind)
        broken(made())


def text(found: Iterable[Violation]) -> str:
    """Violations as a sentence."""
    return "; ".join(f"{each.field}: {each.says}" if each.field else each.says for each in found)


@cache
def _ruled(file: FileDescriptor) -> bool:
    """Whether the messages of a file, or those that lie within them, may have rules."""
    return any(each.name == RULES or _ruled(each) for each in file.dependencies)


def _within(kinds: Iterable[Descriptor]) -> Iterator[Descriptor]:
    """Messages and those that may lie within them, each once: the engine reads the rules of these only when it meets one."""
    waiting, seen = list(kinds), set[str]()
    while waiting:
        kind = waiting.pop()
        if kind.full_name in seen:
            continue
        seen.add(kind.full_name)
        waiting += [field.message_type for field in kind.fields if field.message_type]
        if not kind.GetOptions().map_entry:
            yield kind


def _fitting(found: Iterable[Violation]) -> Iterator[Violation]:
    """As many, from the first, as headers have room for."""
    room = ROOM
    for each in found:
        room -= _size(each)
        if room < 0:
            return
        yield each


def _size(violation: Violation) -> int:
    """Bytes of it in headers: a part of the sentence, where a byte that is no ASCII is written as three, and an entry of the details, in base64."""
    told = f"{violation.field}: {violation.says}; ".encode()
    foreign = sum(byte > 126 for byte in told)
    return len(told) + 2 * foreign + (len(told) + len(violation.rule) + 16) * 4 // 3


def _violation(found: "Found") -> Violation:
    said = found.proto
    path = ".".join(_path(said.field.elements)) if said.field else ""
    rule = said.rule_id.upper().replace(".", "_")
    return Violation(path[:LONGEST], rule[:LONGEST], (said.message or said.rule_id)[:LONGEST])


def _path(elements: Iterable[Any]) -> Iterator[str]:
    """The names of fields; an entry of a list with its number, one of a map without its key, which is somebody's value."""
    for each in elements:
        at = each.subscript
        yield each.field_name + ("" if at is None else f"[{at.value}]" if at.field == "index" else "[]")
