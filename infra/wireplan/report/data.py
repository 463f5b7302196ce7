"""A finding as plain data, every key present, for the formats that programs read."""

from typing import Any

from wireplan.findings import Edit, Finding, Place, Step


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
        "steps": [step_as_data(step) for step in finding.steps],
        "enforced": finding.enforced,
        "accepted": finding.accepted,
    }


def step_as_data(step: Step) -> dict[str, Any]:
    """One step of a schedule and the place by which it can happen."""
    return {"at": place_as_data(step.place), "text": step.text}


def numbered(finding: Finding) -> list[str]:
    """A schedule for a person, a line a step: `1. what happens (line 41)`; another file than the finding's is named."""
    lines: list[str] = []
    for number, step in enumerate(finding.steps, start=1):
        file = "" if step.place.file == finding.at.file else f"{step.place.file} "
        lines.append(f"{number}. {step.text} ({file}line {step.place.line})")
    return lines


def edit_as_data(edit: Edit) -> dict[str, Any]:
    """The stretch to replace and its new text."""
    return {"at": place_as_data(edit.at), "text": edit.text}


def place_as_data(place: Place) -> dict[str, Any]:
    """A stretch of a file; the end is absent where only a point is known."""
    start = {"file": place.file, "line": place.line, "column": place.column}
    if not place.end_column:
        return start
    return {**start, "end_line": place.end_line or place.line, "end_column": place.end_column}


def plainly(finding: Finding) -> str:
    """All that a finding says, one paragraph a part or step, for formats that have one field of text."""
    fix = f"fix: {finding.fix}" if finding.fix else ""
    return "\n".join(part for part in (finding.what, finding.why, *numbered(finding), fix) if part)
