"""Sagas with everything explicit (spec rows F3.4, F3.7)."""

from typing import Any

from wireplan.model.sagas import Saga as WrittenSaga
from wireplan.model.sagas import Step
from wireplan.topology import defaults
from wireplan.topology.context import Context, pick, seconds
from wireplan.topology.turns import UNTIL_DONE, forward, patience
from wireplan.topology.types import Saga, SagaStep, Topology


def sagas(context: Context) -> dict[str, Saga]:
    """Every saga."""
    return {name: saga(name, written) for name, written in context.system.sagas.items()}


def saga(name: str, written: WrittenSaga) -> Saga:
    """One saga; its timeout suffices for every step with all attempts, there and back (SAG002)."""
    pivot = next((index for index, s in enumerate(written.steps) if s.pivot), len(written.steps))
    steps = tuple(step(s, after=index > pivot) for index, s in enumerate(written.steps))
    there, back = patience(steps), patience(tuple(s for s in steps if s.undo))
    return Saga(
        name, written.owner, float(written.timeout) if written.timeout is not None else there + back, steps
    )


def step(written: Step, *, after: bool) -> SagaStep:
    """One step; `after` the pivot it is repeated until it is done, since there is no way back (SAG001)."""
    retry = written.retry or (UNTIL_DONE if after else defaults.STEP_RETRY.value)
    return SagaStep(
        name=written.name,
        call=written.call,
        send=written.send,
        awaits=written.awaits,
        undo=written.undo,
        undo_call=written.undo_call,
        undo_send=written.undo_send,
        changes=written.changes is not False,
        timeout=seconds("prod", defaults.STEP_TIMEOUT, written.timeout),
        attempts=pick("prod", defaults.STEP_ATTEMPTS, written.attempts),
        pivot=written.pivot,
        retry=retry,
    )


def orchestrated(topology: Topology, owner: str) -> dict[str, Any]:
    """The wiring of the sagas that a service orchestrates; where no pivot is named, the last step is it."""
    return {
        name: {
            "timeout": own.timeout,
            "steps": [_wired(each, pivot=each is forward(own)[-1]) for each in own.steps],
        }
        for name, own in topology.sagas.items()
        if own.owner == owner
    }


def _wired(own: SagaStep, *, pivot: bool) -> dict[str, Any]:
    found = {
        "name": own.name,
        "call": own.call,
        "send": own.send,
        "awaits": own.awaits,
        "undo": own.undo,
        "timeout": own.timeout,
        "attempts": own.attempts,
        "pivot": pivot,
        "retry": own.retry,
    }
    return {key: value for key, value in found.items() if value is not None}
