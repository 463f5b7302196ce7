"""Findings as annotations of a GitHub workflow: lines on stdout that show beside the changed lines of a pull request."""

from wireplan.findings import Finding, Severity
from wireplan.report.data import plainly
from wireplan.report.run import Run
from wireplan.report.screen import PLAIN, Screen, counted

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(run: Run, screen: Screen = PLAIN) -> str:  # noqa: ARG001 - every format is called alike
    """A line a finding: `::error file=F,line=L,col=C,title=T::text`; one for all that the baseline accepts, without a place."""
    lines = [annotation(seen.finding) for seen in run.told()]
    if run.accepted():
        said = f"{counted(run.accepted(), 'finding')} accepted by {run.baseline}"
        lines.append(f"::notice title=wireplan baseline::{escaped(said)}")
    return "".join(f"{line}\n" for line in lines)


def annotation(finding: Finding) -> str:
    """One of them. GitHub ignores an end that lies on another line."""
    at = finding.at
    ends = {"endColumn": at.end_column} if at.end_column and at.end_line in {0, at.line} else {}
    title = f"{finding.code} {finding.name}".strip()
    properties = {"file": at.file, "line": at.line, "col": at.column, **ends, "title": title}
    listed = ",".join(f"{name}={escaped(str(value), ':,')}" for name, value in properties.items())
    return f"::{LEVELS[finding.severity]} {listed}::{escaped(plainly(finding))}"


def escaped(text: str, more: str = "") -> str:
    """Text in a workflow command; values of properties hide two characters more. The percent sign is first: it begins all the others."""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
