"""What can be done about a finding at the press of a key: its own edit, other names that were meant, a waiver."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from wireplan.editor.project import Project
from wireplan.editor.roles import FIELD, METHOD
from wireplan.findings import Edit, Finding
from wireplan.load import authoring, codes
from wireplan.load.document import value
from wireplan.report.entries import entries

NAMED = (codes.UNKNOWN_NAME.code, codes.UNKNOWN_CONTRACT.code)
NEAR = 3
WAIVED_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to do. `preferred`: it is the one right answer, as `wireplan validate --fix` would write it."""

    title: str
    edits: tuple[Edit, ...]
    preferred: bool = False


def fixes(project: Project, finding: Finding, today: date) -> Iterator[Fix]:
    """What can be done about a finding."""
    if finding.edit is not None:
        yield Fix(f"Write {finding.edit.text}", (finding.edit,), preferred=True)
    if finding.code in NAMED:
        yield from meant(project, finding)
    if waivable(finding):
        yield from waiver(project, finding, today)


def meant(project: Project, finding: Finding) -> Iterator[Fix]:
    """The names nearest to one that is not there."""
    here = project.mentioned(finding.at.file, finding.at.line, finding.at.column)
    mention = next((each for each in here if each.name not in project.names(each.noun)), None)
    if mention is None:
        return
    prefix = mention.name[: mention.name.rindex(".") + 1] if mention.noun in (METHOD, FIELD) else ""
    known = [name.removeprefix(prefix) for name in project.names(mention.noun) if name.startswith(prefix)]
    for near in difflib.get_close_matches(mention.name.removeprefix(prefix), known, n=NEAR, cutoff=0.4):
        edit = Edit(mention.at, near)
        if edit != finding.edit:
            yield Fix(f"Write {near}", (edit,))


def waivable(finding: Finding) -> bool:
    """Whether a finding is a rule's: what keeps a file from being read cannot be waived, nor what waivers themselves do wrong."""
    entry = entries().get(finding.code)
    return bool(finding.path) and entry is not None and entry.waivable


def waiver(project: Project, finding: Finding, today: date) -> Iterator[Fix]:
    """A waiver for this place, for three months. Its reason is left to be written: until it is, the file has a fault."""
    on = ".".join(str(step) for step in finding.path)
    until = (today + WAIVED_FOR).isoformat()
    written = f'{{allow: {finding.name}, on: {on}, until: {until}, reason: ""}}'
    file = finding.at.file if has_waivers(project, finding.at.file) else project.file
    edit = authoring.item(project.documents[file], "waivers", written)
    if edit is not None:
        yield Fix(f"Waive {finding.name} here until {until} (write the reason)", (edit,))


def has_waivers(project: Project, file: str) -> bool:
    """Whether a file has a list of waivers of its own: in an overlay it replaces that of the topology."""
    document = project.documents.get(file)
    return document is not None and value(document.data, ("waivers",)) is not None
