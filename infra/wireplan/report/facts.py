"""Facts with their lines and their rules, and below each what the rules find: for a person and for a program."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from wireplan.findings import Finding
from wireplan.reasons.facts import Fact
from wireplan.reasons.places import origins
from wireplan.report.data import place_as_data
from wireplan.report.screen import (
    BOLD,
    COLOURS,
    DIM,
    GREEN,
    RED,
    YELLOW,
    Screen,
    counted,
    painted,
    printable,
)
from wireplan.topology.types import Origin, OriginKind, Topology

NAMES = 16  # columns of a fact's name
Told = tuple[Sequence[Finding], Sequence[Finding]]
"""The findings that count, and those that a waiver allows."""


def verdict(
    findings: Sequence[Finding], waived: Sequence[Finding], size: str, screen: Screen, *, safe: bool
) -> str:
    """Safe or not, by how many facts, and what is accepted."""
    told = [each for each in findings if not each.accepted]
    accepted = len(waived) + sum(each.accepted for each in findings)
    more = f", {counted(accepted, 'finding')} accepted" if accepted else ""
    if safe:
        said = painted("safe", GREEN, BOLD, colour=screen.colour)
    else:
        said = painted(f"not safe: {counted(len(told), 'finding')}", RED, BOLD, colour=screen.colour)
    return f"{said} ({size}{more})"


def lines(topology: Topology, facts: Iterable[Fact], found: Told, screen: Screen) -> Iterator[str]:
    """Each fact, and below it the findings that speak of it and of none before."""
    said: set[Finding] = set()
    for fact in facts:
        yield from stated(topology, fact, screen)
        for waived, findings in zip((False, True), found, strict=True):
            for finding in findings:
                if fact.concerns(finding) and finding not in said:
                    said.add(finding)
                    yield from fault(finding, screen, waived=waived)


def stated(topology: Topology, fact: Fact, screen: Screen) -> Iterator[str]:
    """A fact: what it is called, what holds, where it comes from, who looks at it."""
    width = max(screen.width, 60)
    filler = textwrap.TextWrapper(
        width,
        initial_indent=f"  {fact.name:<{NAMES}}",
        subsequent_indent=" " * (NAMES + 2),
        break_on_hyphens=False,
    )
    yield from filler.wrap(printable(fact.says))
    where = "; ".join(origin(each) for each in origins(topology, fact.path))
    rules = f"  {', '.join(fact.codes)}" if fact.codes else ""
    yield " " * (NAMES + 2) + painted(f"{where}{rules}", DIM, colour=screen.colour)


def origin(each: Origin) -> str:
    """An origin in one line."""
    if each.kind is OriginKind.WRITTEN:
        return str(each.place)
    return f"{each.kind.value}: {each.reason}" if each.reason else each.kind.value


def fault(finding: Finding, screen: Screen, *, waived: bool) -> Iterator[str]:
    """A finding below its fact."""
    word = "waived" if waived else "accepted" if finding.accepted else finding.severity.value
    colour = YELLOW if word in ("waived", "accepted") else COLOURS[finding.severity]
    severity = painted(f"{word}:", colour, BOLD, colour=screen.colour)
    pad = " " * (NAMES + 2)
    yield f"{pad}{severity} {printable(finding.what)} [{finding.code} {finding.name}]"
    if finding.fix and not waived:
        yield f"{pad}fix: {printable(finding.fix)}"


def as_data(topology: Topology, fact: Fact, findings: Iterable[Finding]) -> dict[str, Any]:
    """One fact, with the codes of the findings that speak of it."""
    return {
        "name": fact.name,
        "says": fact.says,
        "path": [*fact.path],
        "origins": [
            {"kind": found.kind.value, "reason": found.reason, "at": place_as_data(found.place)}
            for found in origins(topology, fact.path)
        ],
        "codes": [*fact.codes],
        "found": sorted({finding.code for finding in findings if fact.concerns(finding)}),
    }
