"""Findings for a program. The shape has a version; keys are only ever added within one."""

import json
from typing import Any

from wireplan.findings import Edit, Finding, Place
from wireplan.report.run import Run, Seen

VERSION = 1


def render(run: Run) -> str:
    """One JSON document: what was checked, every finding, how many of each severity."""
    document = {
        "version": VERSION,
        "file": run.file,
        "environments": [
            {"name": each.environment, "profile": each.profile, "parts": dict(each.parts)}
            for each in run.checked
        ],
        "rules": run.rules,
        "findings": [seen_as_data(seen) for seen in run.seen()],
        "summary": {severity.value: number for severity, number in run.counts().items()},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def seen_as_data(seen: Seen) -> dict[str, Any]:
    """A finding with its environments."""
    return {**finding_as_data(seen.finding), "environments": list(seen.environments)}


def finding_as_data(finding: Finding) -> dict[str, Any]:
    """A finding, every key present."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "at": place_as_data(finding.at),
        "path": [*finding.path],
        "what": finding.what,
        "why": finding.why,
        "fix": finding.fix,
        "related": [{"at": place_as_data(related.at), "note": related.note} for related in finding.related],
        "edit": edit_as_data(finding.edit) if finding.edit else None,
    }


def edit_as_data(edit: Edit) -> dict[str, Any]:
    """The stretch to replace and its new text."""
    return {"at": place_as_data(edit.at), "text": edit.text}


def place_as_data(place: Place) -> dict[str, Any]:
    """A stretch of a file; the end is absent where only a point is known."""
    start = {"file": place.file, "line": place.line, "column": place.column}
    if not place.end_column:
        return start
    return {**start, "end_line": place.end_line or place.line, "end_column": place.end_column}
