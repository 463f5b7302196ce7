"""Findings for a person: place, fault, the source with carets, why with its sum, and what to write instead."""

import textwrap
from collections.abc import Iterable, Mapping

from wireplan.findings import Finding, Place, Severity
from wireplan.report import excerpt
from wireplan.report.data import numbered
from wireplan.report.run import Run, Seen
from wireplan.report.screen import (
    BOLD,
    COLOURS,
    DIM,
    GREEN,
    NARROWEST,
    PLAIN,
    Screen,
    counted,
    painted,
    printable,
)

INDENT = "   "


def render(run: Run, screen: Screen = PLAIN) -> str:
    """Every finding that counts as a block, then a line that sums up, and one on what could not be checked."""
    ends = filter(None, [summary(run, colour=screen.colour), unchecked(run)])
    return "\n\n".join([*blocks(run, screen), "\n".join(ends)]) + "\n"


def blocks(run: Run, screen: Screen = PLAIN) -> list[str]:
    """A text a finding, in the order of `run.told()`."""
    seen = run.told()
    hidden = excerpt.secrets(each.finding for each in seen)
    return [block(run, each, hidden, screen) for each in seen]


def block(run: Run, seen: Seen, hidden: tuple[Place, ...], screen: Screen) -> str:
    """One finding."""
    finding = seen.finding
    lines = [head(run, seen, colour=screen.colour)]
    marks = [excerpt.Mark(finding.at, main=True)]
    marks += [excerpt.Mark(related.at, related.note) for related in finding.related]
    lines += [
        painted(line, DIM, colour=screen.colour) for line in excerpt.excerpt(run.sources, marks, hidden)
    ]
    lines += wrapped(finding.why, screen.width)
    for step in numbered(finding):
        lines += wrapped(step, screen.width, hanging=len(INDENT))
    if finding.fix:
        lines += wrapped(f"fix: {finding.fix}", screen.width)
    return "\n".join(lines)


def head(run: Run, seen: Seen, *, colour: bool) -> str:
    """`file:line:column: severity: fault [CODE name]`, and the environments where not all have it, or not equally bad."""
    finding = seen.finding
    severity = painted(f"{finding.severity.value}:", COLOURS[finding.severity], BOLD, colour=colour)
    where = scope(run, seen)
    what = painted(printable(finding.what), BOLD, colour=colour)
    return f"{finding.at}: {severity} {what}{where} [{label(finding)}]"


def scope(run: Run, seen: Seen) -> str:
    """The environments that have a finding, and how bad it is in each, where that is not the same for all."""
    if len(set(seen.severities)) > 1:
        both = zip(seen.environments, seen.severities, strict=True)
        return f" ({', '.join(f'{severity.value} in {name}' for name, severity in both)})"
    return "" if run.everywhere(seen) else f" (in {', '.join(seen.environments)})"


def label(finding: Finding) -> str:
    """The code and the name, which is what a waiver would say; and whether one would count."""
    return f"{finding.code} {finding.name}".strip() + (", enforced" if finding.enforced else "")


def summary(run: Run, *, colour: bool) -> str:
    """What was read, and how many findings there are; said also when there are none."""
    environments = ", ".join(
        f"{each.environment} ({each.profile})" if each.profile else each.environment for each in run.checked
    )
    counts = [counted(number, severity.value) for severity, number in run.counts().items() if number]
    accepted = f"{run.accepted()} accepted by {run.baseline}" if run.accepted() else ""
    if not counts:
        verdict = painted("no findings", GREEN, BOLD, colour=colour) + (
            f" beside {accepted}," if accepted else ""
        )
        return f"{run.file}: {verdict} by {counted(run.rules, 'rule')} in {environments}: {parts(run)}"
    worst = run.worst() or Severity.NOTE
    found = painted(", ".join(counts), COLOURS[worst], BOLD, colour=colour)
    beside = f", {accepted}" if accepted else ""
    code = run.told()[0].finding.code
    return f"{run.file}: {found}{beside} in {environments}\nWhat a code is about: wireplan explain {code}"


def parts(run: Run) -> str:
    """`8 services, 2 topics`, the most that any environment has."""
    return told(each.parts for each in run.checked)


def unchecked(run: Run) -> str:
    """What refers to a .proto, and was held to none; empty where nothing does."""
    names = told(each.unheld for each in run.checked)
    said = (
        f"Not checked against a .proto: {names}. Write contracts: {{protos: FOLDER}}, where FOLDER holds them"
    )
    return said if names else ""


def told(counts: Iterable[Mapping[str, int]]) -> str:
    """The most of each kind: `8 services, 2 topics`."""
    most: dict[str, int] = {}
    for each in counts:
        for noun, number in each.items():
            most[noun] = max(number, most.get(noun, 0))
    return ", ".join(counted(number, noun) for noun, number in most.items() if number)


def wrapped(text: str, width: int, hanging: int = 0) -> list[str]:
    """Paragraphs in the block's indent; line breaks of the text are kept. Further lines of a paragraph hang by so many columns."""
    if not text:
        return []
    filler = textwrap.TextWrapper(
        width=max(width, NARROWEST),
        initial_indent=INDENT,
        subsequent_indent=INDENT + " " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [part for line in printable(text).splitlines() for part in filler.wrap(line)]
