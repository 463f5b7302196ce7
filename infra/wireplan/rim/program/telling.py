"""Findings inside a Pulumi program: the texts of `wireplan validate`, as what Pulumi shows beside its plan."""

import pulumi

from wireplan.findings import Severity
from wireplan.report import text
from wireplan.report.run import Run


def tell(run: Run) -> None:
    """Let the engine show each finding once: warnings as warnings, notes as information. Pulumi paints, we do not."""
    for seen, block in zip(run.told(), text.blocks(run), strict=True):
        say = pulumi.log.info if seen.finding.severity is Severity.NOTE else pulumi.log.warn
        say(block)


def refusal(what: str, run: Run) -> str:
    """What a stack with errors is refused with: all of its findings, and where to read on."""
    return f"{what}\n\n{text.render(run)}".rstrip()
