"""What buf says of the protos, as findings: which code, whom it concerns, what to do. buf decides what is wrong; its own `buf.yaml` says by which rules."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wireplan.changes import uses
from wireplan.findings import Finding, Place, Related
from wireplan.pages import Coded
from wireplan.rules.protos import BROKEN, CALLED, CODE, LINT, READ
from wireplan.topology.types import Topology

UNREAD = "COMPILE"  # buf's word where protos are no protos
# The first that fits a rule of `buf breaking`. A rule that is not known here, of a plugin or a later buf, counts as BROKEN.
FAMILIES = (
    (re.compile(r"RPC_SAME_"), CALLED),
    (re.compile(r"FILE_SAME_PACKAGE"), BROKEN),
    (re.compile(r"FILE_SAME_|FIELD_SAME_(?:CPP_STRING_TYPE|JAVA_UTF8_VALIDATION|JSTYPE)|MESSAGE_NO_REMOVE_"), CODE),
    (re.compile(r"(?:FIELD|ENUM_VALUE|ONEOF|RESERVED|EXTENSION_MESSAGE)_|(?:ENUM|MESSAGE)_SAME_"), READ),
)  # fmt: skip
FIELD = re.compile(r'[Ff]ield "(\d+)" (?:with name|on message "[^"]+" changed name from) "(\w+)"')
RESERVED = '`reserved 4; reserved "size";`'
MOVED = "buf looks no further into a file that is gone: what moved into another one keeps its bytes and its name in calls, and generated code finds it nowhere."
"""Said of a file that is gone."""
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
        more = [MOVED] if each.rule == "FILE_NO_DELETE" else []
        why = "\n".join([raised(code.page.why), *more, *(use.words for use in used)])
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
