"""Why a saga ends either done or undone, for a person and for a program: its owner, its time, its pivot, and each step with its undo."""

import json
from collections.abc import Iterator

from wireplan.reasons.sagas import Answer
from wireplan.report import facts
from wireplan.report.data import finding_as_data, place_as_data
from wireplan.report.screen import BOLD, PLAIN, Screen, counted, painted
from wireplan.topology.types import Topology

VERSION = 1


def text(topology: Topology, answer: Answer, screen: Screen = PLAIN) -> str:
    """The answer in words."""
    count = sum(len(each.facts) for each in answer.stages)
    size = f"{counted(count, 'fact')} at {counted(len(answer.saga.steps), 'step')}"
    verdict = facts.verdict(answer.findings, answer.waived, size, screen, safe=answer.safe)
    head = f"sagas.{answer.saga.name} in {answer.environment}: {verdict}"
    blocks = ["\n".join(stage(topology, answer, number, screen)) for number in range(len(answer.stages))]
    return "\n\n".join([head, *blocks]) + "\n"


def stage(topology: Topology, answer: Answer, number: int, screen: Screen) -> Iterator[str]:
    """The saga as a whole, or one of its steps."""
    each = answer.stages[number]
    title = f"step {number} {each.name}" if number else each.name
    yield f"{painted(title, BOLD, colour=screen.colour)}, {topology.place(*each.path)}"
    yield from facts.lines(topology, each.facts, (answer.findings, answer.waived), screen)


def data(topology: Topology, answer: Answer) -> str:
    """The same as JSON; keys are only ever added within a version."""
    whole, *steps = (
        {
            "name": each.name,
            "at": place_as_data(topology.place(*each.path)),
            "facts": [facts.as_data(topology, fact, answer.findings) for fact in each.facts],
        }
        for each in answer.stages
    )
    document = {
        "version": VERSION,
        "saga": answer.saga.name,
        "environment": answer.environment,
        "owner": answer.saga.owner,
        "safe": answer.safe,
        "at": whole["at"],
        "facts": whole["facts"],
        "steps": steps,
        "findings": [finding_as_data(each) for each in answer.findings],
        "waived": [finding_as_data(each) for each in answer.waived],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
