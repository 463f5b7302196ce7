"""Findings for a program: one document, a version, every key present."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from wireplan.findings import Edit, Finding, Place, Related, Severity, Step, fingerprint
from wireplan.report import json as findings_json
from wireplan.report.run import Checked, Run


def document(*findings: Finding) -> Any:
    """The parsed report of a run over one environment."""
    run = Run("topology.yaml", (Checked("prod", "prod", findings, {"service": 3}),), {}, rules=12)
    return json.loads(findings_json.render(run))


def test_the_document_says_what_was_checked_and_what_was_found() -> None:
    place = Place("topology.yaml", 7, 19, 7, 27)
    found = Finding(
        code="KAF007",
        severity=Severity.ERROR,
        at=place,
        what="what",
        why="why",
        fix="fix",
        name="static-member-with-consumer-protocol",
        related=(Related(Place("topology.yaml", 6, 1), "note"),),
        edit=Edit(place, "classic"),
        path=("services", "encoder"),
        steps=(Step(Place("topology.yaml", 6, 1), "it dies"),),
    )
    assert document(found) == {
        "version": 1,
        "file": "topology.yaml",
        "environments": [{"name": "prod", "profile": "prod", "parts": {"service": 3}, "unheld": {}}],
        "rules": 12,
        "baseline": None,
        "findings": [
            {
                "code": "KAF007",
                "name": "static-member-with-consumer-protocol",
                "severity": "error",
                "at": {"file": "topology.yaml", "line": 7, "column": 19, "end_line": 7, "end_column": 27},
                "path": ["services", "encoder"],
                "what": "what",
                "why": "why",
                "fix": "fix",
                "related": [{"at": {"file": "topology.yaml", "line": 6, "column": 1}, "note": "note"}],
                "edit": {
                    "at": {"file": "topology.yaml", "line": 7, "column": 19, "end_line": 7, "end_column": 27},
                    "text": "classic",
                },
                "enforced": False,
                "accepted": False,
                "steps": [{"at": {"file": "topology.yaml", "line": 6, "column": 1}, "text": "it dies"}],
                "environments": ["prod"],
                "severities": {"prod": "error"},
                "fingerprint": fingerprint(found, ""),
            }
        ],
        "summary": {"error": 1, "warning": 0, "note": 0, "accepted": 0},
    }


places = st.builds(Place, st.text(max_size=9), *[st.integers(0, 300)] * 4)
findings = st.builds(Finding, st.text(max_size=8), st.sampled_from(Severity), places, st.text(max_size=60))


@given(st.lists(findings, max_size=6))
def test_any_findings_give_a_document_that_parses_and_counts_them(found: list[Finding]) -> None:
    parsed = document(*found)
    assert len(parsed["findings"]) == sum(parsed["summary"].values()) <= len(found)
