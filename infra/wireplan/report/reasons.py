"""Why a way is safe, for a person and for a program: each hop, each fact with its line and its rules, and what the rules find."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from wireplan.findings import Finding
from wireplan.load.nearest import listing
from wireplan.reasons.facts import Fact, Hop
from wireplan.reasons.places import origins
from wireplan.reasons.why import Answer
from wireplan.report.data import finding_as_data, place_as_data
from wireplan.report.screen import (
    BOLD,
    COLOURS,
    DIM,
    GREEN,
    PLAIN,
    RED,
    YELLOW,
    Screen,
    counted,
    painted,
    printable,
)
from wireplan.topology.graph import Node
from wireplan.topology.types import Origin, OriginKind, Topology

VERSION = 1
NAMES = 16  # columns of a fact's name


def text(topology: Topology, answer: Answer, screen: Screen = PLAIN) -> str:
    """The answer in words."""
    if not answer.hops:
        return "\n".join(nowhere(answer, screen)) + "\n"
    blocks = ["\n".join(hop(topology, each, answer, screen)) for each in answer.hops]
    return "\n\n".join(["\n".join(head(answer, screen)), *blocks]) + "\n"


def head(answer: Answer, screen: Screen) -> Iterator[str]:
    """The verdict, and the ways beside this one."""
    count = sum(len(each.facts) for each in answer.hops)
    told = [each for each in answer.findings if not each.accepted]
    if not answer.safe:
        verdict = painted(f"not safe: {counted(len(told), 'finding')}", RED, BOLD, colour=screen.colour)
    else:
        verdict = painted("safe", GREEN, BOLD, colour=screen.colour)
    rest = f"{counted(count, 'fact')} at {counted(len(answer.hops), 'hop')}"
    accepted = len(answer.waived) + sum(each.accepted for each in answer.findings)
    more = f", {counted(accepted, 'finding')} accepted" if accepted else ""
    way = chain([answer.start, *(each.target for each in answer.hops)])
    yield f"{way} in {answer.environment}: {verdict} ({rest}{more})"
    yield from (f"also: {chain(each)}" for each in answer.others)


def hop(topology: Topology, each: Hop, answer: Answer, screen: Screen) -> Iterator[str]:
    """One hop, its facts, and below each the findings that speak of it."""
    title = painted(f"{each.source} -> {each.target}", BOLD, colour=screen.colour)
    yield f"{title} by {each.kind.value}, {topology.place(*each.path)}"
    said: set[Finding] = set()
    for fact in each.facts:
        yield from lines(topology, fact, screen)
        for waived, findings in ((False, answer.findings), (True, answer.waived)):
            for finding in findings:
                if fact.concerns(finding) and finding not in said:
                    said.add(finding)
                    yield from fault(finding, screen, waived=waived)


def lines(topology: Topology, fact: Fact, screen: Screen) -> Iterator[str]:
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


def nowhere(answer: Answer, screen: Screen) -> Iterator[str]:
    """There is no way, and what there is instead."""
    said = f"nothing leads from {answer.start} to {answer.end} in {answer.environment}"
    yield painted(said, YELLOW, BOLD, colour=screen.colour)
    yield f"from {answer.start} one comes to: {listing(map(str, answer.reached))}"
    yield f"to {answer.end} one comes from: {listing(map(str, answer.into))}"
    if answer.backwards:
        yield f"the other way around there is one: wireplan why {answer.end} {answer.start}"


def chain(nodes: Sequence[Node] | Iterable[Node]) -> str:
    """Parts with arrows between."""
    return " -> ".join(str(each) for each in nodes)


def data(topology: Topology, answer: Answer) -> str:
    """The same as JSON; keys are only ever added within a version."""
    document = {
        "version": VERSION,
        "from": str(answer.start),
        "to": str(answer.end),
        "environment": answer.environment,
        "found": bool(answer.hops),
        "safe": answer.safe,
        "hops": [hop_as_data(topology, each, answer) for each in answer.hops],
        "others": [[str(node) for node in each] for each in answer.others],
        "reached": [str(each) for each in answer.reached],
        "into": [str(each) for each in answer.into],
        "backwards": answer.backwards,
        "findings": [finding_as_data(each) for each in answer.findings],
        "waived": [finding_as_data(each) for each in answer.waived],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def hop_as_data(topology: Topology, each: Hop, answer: Answer) -> dict[str, Any]:
    """One hop; of each fact the codes of findings that speak of it."""
    return {
        "from": str(each.source),
        "to": str(each.target),
        "kind": each.kind.value,
        "at": place_as_data(topology.place(*each.path)),
        "facts": [
            {
                "name": fact.name,
                "says": fact.says,
                "path": [*fact.path],
                "origins": [
                    {"kind": found.kind.value, "reason": found.reason, "at": place_as_data(found.place)}
                    for found in origins(topology, fact.path)
                ],
                "codes": [*fact.codes],
                "found": sorted({finding.code for finding in answer.findings if fact.concerns(finding)}),
            }
            for fact in each.facts
        ],
    }
