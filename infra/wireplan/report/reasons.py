"""Why a way is safe, for a person and for a program: each hop, each fact with its line and its rules, and what the rules find."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from wireplan.load.nearest import listing
from wireplan.reasons.facts import Hop
from wireplan.reasons.why import Answer
from wireplan.report import facts
from wireplan.report.data import finding_as_data, place_as_data
from wireplan.report.screen import BOLD, PLAIN, YELLOW, Screen, counted, painted
from wireplan.topology.graph import Node
from wireplan.topology.types import Topology

VERSION = 1


def text(topology: Topology, answer: Answer, screen: Screen = PLAIN) -> str:
    """The answer in words."""
    if not answer.hops:
        return "\n".join(nowhere(answer, screen)) + "\n"
    blocks = ["\n".join(hop(topology, each, answer, screen)) for each in answer.hops]
    return "\n\n".join(["\n".join(head(answer, screen)), *blocks]) + "\n"


def head(answer: Answer, screen: Screen) -> Iterator[str]:
    """The verdict, and the ways beside this one."""
    count = sum(len(each.facts) for each in answer.hops)
    size = f"{counted(count, 'fact')} at {counted(len(answer.hops), 'hop')}"
    verdict = facts.verdict(answer.findings, answer.waived, size, screen, safe=answer.safe)
    way = chain([answer.start, *(each.target for each in answer.hops)])
    yield f"{way} in {answer.environment}: {verdict}"
    yield from (f"also: {chain(each)}" for each in answer.others)


def hop(topology: Topology, each: Hop, answer: Answer, screen: Screen) -> Iterator[str]:
    """One hop and its facts."""
    title = painted(f"{each.source} -> {each.target}", BOLD, colour=screen.colour)
    yield f"{title} by {each.kind.value}, {topology.place(*each.path)}"
    yield from facts.lines(topology, each.facts, (answer.findings, answer.waived), screen)


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
        "facts": [facts.as_data(topology, fact, answer.findings) for fact in each.facts],
    }
