"""A saga that may last longer than its keys are remembered.

What: the timeout of a saga is longer than the 90 days for which a service remembers what sagas have asked, and a step that may be undone is a call of another service.
Why: an undo finds what it takes back by the key of the step's request. Once that is forgotten the callee knows of nothing to undo, and says that it is done: the saga ends as compensated, and what the step did stays.
A repeated step, likewise, is done a second time.
Fix: shorter timeouts of steps, or fewer attempts, so that the whole stays below 90 days.
Source: docs/sagas.md (what the others owe); IETF draft-ietf-httpapi-idempotency-key-header, section 2.3 (keys expire); spec rows F1.3, F3.4.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology import steps, turns
from wireplan.topology.types import Path, Saga, SagaStep, Topology


@rule("SAG007", Severity.ERROR)
def saga_longer_than_its_keys(topology: Topology) -> Iterator[Fault]:
    """Sagas by their time, and the first of their calls that a late turn takes back. What nobody remembers (SAG003) does not last."""
    for saga in topology.sagas.values():
        if saga.timeout <= steps.KEYS_KEPT or topology.services[saga.owner].database is None:
            continue
        found = next((each for each in turns.forward(saga) if taken_back(saga, each)), None)
        if found is not None:
            yield forgotten(topology, saga, found)


def taken_back(saga: Saga, step: SagaStep) -> bool:
    """Whether a step is a call of another service, and is undone by one."""
    calls = (step.call, step.undo_call)
    return all(each and not steps.own(saga, each) for each in calls)


def forgotten(topology: Topology, saga: Saga, step: SagaStep) -> Fault:
    """A turn after the key is gone."""
    path: Path = ("sagas", saga.name, "timeout")
    callee = str(step.undo_call).partition(".")[0]
    timeout = term(topology, duration(saga.timeout), path)
    return Fault(
        path=path,
        what=f'saga "{saga.name}" may turn back after "{callee}" has forgotten the key of "{step.name}"',
        why=f'It turns back after {timeout}; keys are remembered for {duration(steps.KEYS_KEPT)}. 1. "{step.call}" is done. 2. Its key is forgotten. 3. The saga turns back, and "{step.undo}" '
        "finds nothing under the key: it answers that it is done, and nothing is.",
        fix=f"steps with less time together than {duration(steps.KEYS_KEPT)}",
    )
