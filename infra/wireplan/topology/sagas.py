"""Sagas with everything explicit (spec rows F3.4, F3.7)."""

from wireplan.model.sagas import Saga as WrittenSaga
from wireplan.model.sagas import Step
from wireplan.topology import defaults
from wireplan.topology.context import Context, pick, seconds
from wireplan.topology.types import Saga, SagaStep


def sagas(context: Context) -> dict[str, Saga]:
    """Every saga."""
    return {name: saga(name, written) for name, written in context.system.sagas.items()}


def saga(name: str, written: WrittenSaga) -> Saga:
    """One saga; its timeout suffices for every step with all attempts, there and back (SAG002)."""
    steps = tuple(step(s) for s in written.steps)
    there = sum(s.timeout * s.attempts for s in steps)
    back = sum(s.timeout * s.attempts for s in steps if s.undo)
    return Saga(
        name, written.owner, float(written.timeout) if written.timeout is not None else there + back, steps
    )


def step(written: Step) -> SagaStep:
    """One step."""
    return SagaStep(
        name=written.name,
        call=written.call,
        send=written.send,
        awaits=written.awaits,
        undo=written.undo,
        timeout=seconds("prod", defaults.STEP_TIMEOUT, written.timeout),
        attempts=pick("prod", defaults.STEP_ATTEMPTS, written.attempts),
        pivot=written.pivot,
        retry=pick("prod", defaults.STEP_RETRY, written.retry),
    )
