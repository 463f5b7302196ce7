"""Findings as SARIF 2.1.0, which code scanning of GitHub, GitLab, Azure and editors read: results, rules with their help, places, fixes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from wireplan import __version__
from wireplan.findings import Edit, Finding, Place, Step, fingerprint
from wireplan.report.data import plainly
from wireplan.report.entries import Entry, entries
from wireplan.report.run import Run, Seen
from wireplan.report.screen import PLAIN, Screen

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"  # the conventional name of the folder that relative paths start from


def render(run: Run, screen: Screen = PLAIN) -> str:  # noqa: ARG001 - every format is called alike
    """One log of one run. Its levels are SARIF's own words: error, warning, note."""
    found = run.seen()
    spoke = {seen.finding.code for seen in found}
    told = [entry for code, entry in entries().items() if code in spoke]
    numbers = {entry.code: number for number, entry in enumerate(told)}
    driver = {
        "name": "wireplan",
        "semanticVersion": __version__,
        "rules": [described(entry) for entry in told],
    }
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [result(run, seen, numbers) for seen in found],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def described(entry: Entry) -> dict[str, Any]:
    """A code and its page."""
    page = [(word, text) for word, text in entry.parts if text]
    return {
        "id": entry.code,
        "name": entry.name,
        "shortDescription": {"text": entry.title},
        "help": {
            "text": "\n".join(f"{word}: {text}" for word, text in page) or entry.title,
            "markdown": "\n\n".join(f"**{word}.** {text}" for word, text in page) or entry.title,
        },
        "defaultConfiguration": {"level": entry.severity.partition(",")[0]},
    }


def result(run: Run, seen: Seen, numbers: Mapping[str, int]) -> dict[str, Any]:
    """One finding. The second places come in the order in which the finding tells them."""
    finding = seen.finding
    known = {"ruleIndex": numbers[finding.code]} if finding.code in numbers else {}
    related = [
        {"id": number, "message": {"text": each.note}, "physicalLocation": place(each.at)}
        for number, each in enumerate(finding.related, start=1)
    ]
    return {
        "ruleId": finding.code,
        **known,
        "level": finding.severity.value,
        "message": {"text": plainly(finding)},
        "locations": [{"physicalLocation": place(finding.at)}],
        **({"relatedLocations": related} if related else {}),
        **({"codeFlows": [flow(finding.steps)]} if finding.steps else {}),
        **({"fixes": [fix(finding, finding.edit)]} if finding.edit else {}),
        "partialFingerprints": {"wireplan/v1": fingerprint(finding, run.folder)},
        **baseline(run, finding),
        "properties": {"environments": list(seen.environments), "enforced": finding.enforced},
    }


def flow(steps: Sequence[Step]) -> dict[str, Any]:
    """A schedule, for viewers that walk it step by step: one flow of one thread, since its order is the whole point."""
    locations = [
        {
            "executionOrder": number,
            "location": {"physicalLocation": place(step.place), "message": {"text": step.text}},
        }
        for number, step in enumerate(steps, start=1)
    ]
    return {"threadFlows": [{"locations": locations}]}


def baseline(run: Run, finding: Finding) -> dict[str, Any]:
    """How a finding stands to the baseline, where there is one. What it accepts is suppressed outside of the file itself."""
    if not run.baseline:
        return {}
    if not finding.accepted:
        return {"baselineState": "new"}
    suppression = {"kind": "external", "status": "accepted", "justification": f"accepted by {run.baseline}"}
    return {"baselineState": "unchanged", "suppressions": [suppression]}


def fix(finding: Finding, edit: Edit) -> dict[str, Any]:
    """The one right answer."""
    replacement = {"deletedRegion": region(edit.at), "insertedContent": {"text": edit.text}}
    change = {"artifactLocation": artifact(edit.at), "replacements": [replacement]}
    return {"description": {"text": finding.fix or finding.what}, "artifactChanges": [change]}


def place(at: Place) -> dict[str, Any]:
    """A stretch of a file."""
    return {"artifactLocation": artifact(at), "region": region(at)}


def artifact(at: Place) -> dict[str, Any]:
    """The file: a relative one is one of the repository's."""
    path = PurePath(at.file)
    uri = quote(path.as_posix())
    return {"uri": f"file://{uri}"} if path.is_absolute() else {"uri": uri, "uriBaseId": ROOT}


def region(at: Place) -> dict[str, Any]:
    """Lines and columns from 1; the end column is one past the last, as ours is."""
    start = {"startLine": at.line, "startColumn": at.column}
    if not at.end_column:
        return start
    return {**start, "endLine": at.end_line or at.line, "endColumn": at.end_column}
