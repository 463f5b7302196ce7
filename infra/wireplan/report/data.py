"""A finding as plain data, every key present, for the formats that programs read."""

from typing import Any

from wireplan.findings import Edit, Finding, Place


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
