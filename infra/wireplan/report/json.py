"""Findings for a program. The shape has a version; keys are only ever added within one."""

import json
from typing import Any

from wireplan.findings import fingerprint
from wireplan.report.data import finding_as_data
from wireplan.report.run import Run, Seen
from wireplan.report.screen import PLAIN, Screen

VERSION = 1


def render(run: Run, screen: Screen = PLAIN) -> str:  # noqa: ARG001 - every format is called alike
    """One JSON document: what was checked, every finding, how many of each severity."""
    document = {
        "version": VERSION,
        "file": run.file,
        "environments": [
            {
                "name": each.environment,
                "profile": each.profile,
                "parts": dict(each.parts),
                "unheld": dict(each.unheld),
            }
            for each in run.checked
        ],
        "rules": run.rules,
        "baseline": run.baseline or None,
        "findings": [seen_as_data(seen, run.folder) for seen in run.seen()],
        "summary": {
            **{severity.value: number for severity, number in run.counts().items()},
            "accepted": run.accepted(),
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def seen_as_data(seen: Seen, folder: str) -> dict[str, Any]:
    """A finding with its environments, how bad it is in each, and its fingerprint."""
    return {
        **finding_as_data(seen.finding),
        "environments": list(seen.environments),
        "severities": {
            name: severity.value for name, severity in zip(seen.environments, seen.severities, strict=True)
        },
        "fingerprint": fingerprint(seen.finding, folder),
    }
