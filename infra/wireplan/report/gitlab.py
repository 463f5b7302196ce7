"""Findings as a GitLab Code Quality report (`artifacts: reports: codequality:`), shown in the widget and the diff of a merge request."""

import json
from typing import Any

from wireplan.findings import Finding, Severity, fingerprint
from wireplan.report.data import plainly
from wireplan.report.run import Run
from wireplan.report.screen import PLAIN, Screen

SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(run: Run, screen: Screen = PLAIN) -> str:  # noqa: ARG001 - every format is called alike
    """One JSON array; an empty one is a clean report. What the baseline accepts stays in it, so that it is not taken for mended."""
    return (
        json.dumps([issue(seen.finding, run.folder) for seen in run.seen()], indent=2, ensure_ascii=False)
        + "\n"
    )


def issue(finding: Finding, folder: str) -> dict[str, Any]:
    """One finding. GitLab wants each fingerprint once."""
    return {
        "description": f"accepted by the baseline: {plainly(finding)}"
        if finding.accepted
        else plainly(finding),
        "check_name": finding.code,
        "fingerprint": fingerprint(finding, folder),
        "severity": "info" if finding.accepted else SEVERITIES[finding.severity],
        "location": {"path": finding.at.file, "lines": {"begin": finding.at.line}},
    }
