"""What buf says of the protos, as findings: which code, whom it concerns, what to do. buf decides what is wrong; its own `buf.yaml` says by which rules."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wireplan.changes import uses
from wireplan.findings import Finding, Place, Related, Severity
from wireplan.pages import Coded
from wireplan.topology.types import Topology

LINT = Coded(
    "PRO001",
    "contract-against-its-own-rules",
    """A contract that breaks the rules that its repository has set for contracts.

    What: `buf lint` finds it, by the rules of the buf.yaml above the protos, or by buf's standard ones where there is none.
    Why: names, packages and numbers of a contract cannot be mended once somebody uses them, so what is uneven at first stays so.
    Fix: do as the message says as long as nobody uses it; else write `// buf:lint:ignore RULE` above it, or `except` in buf.yaml.
    Source: buf.build/docs/lint/rules; spec row P6.
    """,
    Severity.WARNING,
)
BROKEN = Coded(
    "PRO002",
    "contract-taken-away",
    """Something of a contract that others ask for by its name is gone.

    What: `buf breaking` misses a file, a package, a gRPC service, a method, a message or an enum that the earlier revision has; a renamed one is gone as well.
    Why: while a change rolls out, old pods and new ones run side by side. Calls of what is gone are answered UNIMPLEMENTED, which no retry helps against, and who
    compiles against the contract no longer can.
    Fix: bring it back, mark it `deprecated = true`, add the new one beside it, and take it away in a later change, when nothing uses it any more.
    Source: buf.build/docs/breaking/rules; grpc.io/docs/guides/status-codes (UNIMPLEMENTED); spec row P6.
    """,
)
READ = Coded(
    "PRO003",
    "bytes-read-otherwise",
    """A message whose bytes, or whose JSON, new code reads otherwise than old code wrote them.

    What: `buf breaking` finds a field, a value of an enum, a oneof or a reserved number that is not what it was in the earlier revision.
    Why: records written before the change are read after it, and during a roll-out each version reads what the other writes. Protobuf does not notice: a field is taken for
    another, or is silently empty.
    Fix: leave the number as it was, add a field with a number that was never used, and reserve number and name of what goes (`reserved 4; reserved "size";`).
    Source: protobuf.dev/programming-guides/proto3 (updating a message type); buf.build/docs/breaking/rules; spec row P6.
    """,
)
CALLED = Coded(
    "PRO004",
    "method-called-otherwise",
    """A method that takes, answers, streams or repeats otherwise than before.

    What: `buf breaking` finds another request, response, streaming side or `idempotency_level` of a method than in the earlier revision.
    Why: while a change rolls out, callers of one version meet callees of the other: they take bytes of one message for another's, or wait for a stream that does not come. What
    may be repeated decides what is retried, so a lost level turns retries off, and a wrong one doubles effects.
    Fix: leave the method as it was, add another one beside it, move the callers, then take the old one away in a later change.
    Source: buf.build/docs/breaking/rules; gRFC A6 (retries); spec row P6.
    """,
)
CODE = Coded(
    "PRO005",
    "generated-code-that-changes",
    """A contract whose bytes stay as they are, and whose generated code does not.

    What: `buf breaking` finds another option of a file or a field that decides packages, classes or types of the generated code.
    Why: nothing that runs is harmed, but who compiles against the published contract must change their code in the same step.
    Fix: leave the option as it was, or tell them; a repository that holds only the bytes writes `breaking: {use: [WIRE_JSON]}` in buf.yaml.
    Source: buf.build/docs/breaking/rules (FILE and PACKAGE against WIRE_JSON).
    """,
    Severity.WARNING,
)
ALL = (LINT, BROKEN, READ, CALLED, CODE)

UNREAD = "COMPILE"  # buf's word where protos are no protos
# The first that fits a rule of `buf breaking`. A rule that is not known here, of a plugin or a later buf, counts as BROKEN.
FAMILIES = (
    (re.compile(r"RPC_SAME_"), CALLED),
    (re.compile(r"FILE_SAME_PACKAGE"), BROKEN),
    (re.compile(r"FILE_SAME_|FIELD_SAME_(?:CPP_STRING_TYPE|JAVA_UTF8_VALIDATION|JSTYPE)|MESSAGE_NO_REMOVE_"), CODE),
    (re.compile(r"(?:FIELD|ENUM_VALUE|ONEOF|RESERVED|EXTENSION_MESSAGE)_|(?:ENUM|MESSAGE)_SAME_"), READ),
)  # fmt: skip
FIELD = re.compile(r'[Ff]ield "(\d+)" with name "(\w+)"')
RESERVED = '`reserved 4; reserved "size";`'
FOLLOWS = {
    "FIELD_SAME_JSON_NAME": "FIELD_SAME_NAME"
}  # who renames a field renames it in JSON as well: one cause


@dataclass(frozen=True, slots=True)
class Complaint:
    """What buf says, by its rule; `file` is the path below the folder of protos, empty where the file is gone."""

    rule: str
    text: str
    file: str
    at: tuple[int, int, int, int]

    def place(self, folder: str) -> Place:
        """Where it is; `folder` is how findings call the folder of protos."""
        return Place(f"{folder}/{self.file}", *self.at)


def complaints(output: str) -> list[Complaint]:
    """What stands in buf's output of the format json: an object a line.

    Raises:
        ValueError: it is something else.
    """
    every = [complaint(json.loads(line)) for line in output.splitlines() if line.strip()]
    there = {(each.file, each.at[0], each.rule) for each in every}
    return [each for each in every if (each.file, each.at[0], FOLLOWS.get(each.rule, "")) not in there]


def complaint(told: Mapping[str, Any]) -> Complaint:
    """One line of it."""
    edges = ("start_line", "start_column", "end_line", "end_column")
    line, column, end_line, end_column = (int(told.get(edge, 1)) for edge in edges)
    text = str(told.get("message", "")).strip().rstrip(".")
    return Complaint(
        str(told.get("type", "")), text, str(told.get("path", "")), (line, column, end_line, end_column)
    )


def lint(said: Iterable[Complaint], folder: str) -> Iterator[Finding]:
    """Findings of `buf lint`."""
    for each in said:
        fix = LINT.page.fix.replace("RULE", each.rule)
        yield found(LINT, each, each.place(folder), raised(LINT.page.why), fix)


def breaking(
    said: Iterable[Complaint], folder: str, named: Place, topology: Topology | None
) -> Iterator[Finding]:
    """Findings of `buf breaking`, each with those parts of the topology that use what is broken.

    `named` is where the topology names the folder: the place of what has none any more.
    """
    for each in said:
        code = next((code for pattern, code in FAMILIES if pattern.match(each.rule)), BROKEN)
        at = each.place(folder) if each.file else named
        used = uses.of(topology, each.file, each.text) if topology else ()
        why = "\n".join([raised(code.page.why), *(use.words for use in used)])
        yield found(code, each, at, why, mended(code, each.text), tuple(use.related for use in used))


def mended(code: Coded, text: str) -> str:
    """What to do, with the number and the name of the field that buf speaks of."""
    named = FIELD.search(text)
    return (
        code.page.fix.replace(RESERVED, f'`reserved {named[1]}; reserved "{named[2]}";`')
        if named
        else code.page.fix
    )


def found(
    code: Coded, each: Complaint, at: Place, why: str, fix: str, related: tuple[Related, ...] = ()
) -> Finding:
    """A finding of one of our codes, with buf's sentence and the name of its rule."""
    what = f"{lowered(each.text)} ({each.rule})"
    return Finding(code.code, code.severity, at, what, why, fix, code.name, related)


def lowered(text: str) -> str:
    """A sentence as findings begin theirs; RPC stays as it is."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def raised(text: str) -> str:
    """A part of a page as a reason begins."""
    return text[:1].upper() + text[1:]
