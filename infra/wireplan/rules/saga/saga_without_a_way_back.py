"""A saga that can stop where it is neither done nor undone.

What: a step before the pivot changes something and has no undo; a step after the pivot has an undo, or gives up (retry: limited); there is more than one pivot; or
the contract of an undo does not say that it may be done twice. Where no pivot is named, the last step is it.
Why: a saga turns back until its pivot is done, and only goes forward from then on. What a turn cannot undo, and what a saga gives up after the pivot, stays half done for
ever: money taken and nothing sent. An undo is repeated when its answer is lost, so one that adds up gives back twice.
Fix: an undo for each step before the pivot, none after it; one pivot, the step that decides; option idempotency_level = IDEMPOTENT for what undoes.
Source: H. Garcia-Molina and K. Salem, "Sagas" (1987); C. Richardson, microservices.io "Saga" (compensatable, pivot, retriable); spec rows F3.4, F3.7. A call whose contract
says NO_SIDE_EFFECTS needs no undo; a record that is sent needs one (but for a question: changes: false), and one that is sent to undo may come twice as any record may (MSG003).
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology import turns
from wireplan.topology.types import Idempotency, Path, Saga, Topology


@rule("SAG001", Severity.ERROR)
def saga_without_a_way_back(topology: Topology) -> Iterator[Fault]:
    """The steps of each saga before and after its pivot."""
    for saga in topology.sagas.values():
        pivots = [index for index, step in enumerate(saga.steps) if step.pivot]
        if len(pivots) > 1:
            yield twice_decided(saga, pivots[0], pivots[1])
            continue
        end = len(turns.forward(saga)) - 1
        for index, step in enumerate(saga.steps):
            if index < end and step.undo is None and turns.changes(topology, step):
                yield kept(saga, index, end)
            if (
                index <= end
                and step.undo_call
                and turns.level(topology, step.undo_call) is Idempotency.UNKNOWN
            ):
                yield undone_twice(saga, index)
            if index > end:
                yield from stuck(topology, saga, index, end)


def place(saga: Saga, index: int, *key: str) -> Path:
    """Where a step is written."""
    return ("sagas", saga.name, "steps", index, *key)


def twice_decided(saga: Saga, first: int, second: int) -> Fault:
    """Two points after which there is no way back."""
    one, other = saga.steps[first], saga.steps[second]
    return Fault(
        path=place(saga, second, "pivot"),
        what=f'saga "{saga.name}" has two pivots, "{one.name}" and "{other.name}"',
        why=f'1. "{one.name}" is done: from here the saga only goes forward. 2. "{other.name}" is refused: as a pivot it turns the saga back. Both cannot be.',
        fix=f'one pivot; if "{other.name}" may be refused it comes before, with an undo',
        related=((place(saga, first, "pivot"), "the first"),),
    )


def kept(saga: Saga, index: int, end: int) -> Fault:
    """A step that a turn leaves behind."""
    step, later = saga.steps[index], saga.steps[index + 1]
    until = "pivot" if saga.steps[end].pivot else "last step"
    return Fault(
        path=place(saga, index),
        what=f'step "{step.name}" of saga "{saga.name}" cannot be undone',
        why=f'1. "{step.name}" is done. 2. "{later.name}" fails with all its attempts: up to its {until} "{saga.steps[end].name}" the saga turns back. '
        f'3. What "{step.name}" did stays, and nothing knows that it is to be undone.',
        fix=f"undo: SERVICE.METHOD or topic NAME for {step.name}, or take it after the pivot",
        related=((place(saga, end, "pivot"), "the pivot"),),
    )


def undone_twice(saga: Saga, index: int) -> Fault:
    """An undo that may not be repeated."""
    step = saga.steps[index]
    return Fault(
        path=place(saga, index, "undo"),
        what=f'"{step.undo}" undoes step "{step.name}" of saga "{saga.name}", and its contract does not say that it may be done twice',
        why=f'1. The saga turns back and calls "{step.undo}", which is done. 2. The answer is lost, or the owner is killed before it notes it. 3. It is called again: given back twice.',
        fix="option idempotency_level = IDEMPOTENT in its contract, and a key by which it knows what it has undone",
    )


def stuck(topology: Topology, saga: Saga, index: int, end: int) -> Iterator[Fault]:
    """A step after the pivot that gives up, or whose undo is never called."""
    step, pivot = saga.steps[index], saga.steps[end]
    if step.undo is not None:
        yield Fault(
            path=place(saga, index, "undo"),
            what=f'step "{step.name}" of saga "{saga.name}" has an undo after the pivot',
            why=f'1. The pivot "{pivot.name}" is done: the saga does not turn back any more. 2. "{step.undo}" is never called; who wrote it relies on it.',
            fix=f'leave undo out, or take "{step.name}" before "{pivot.name}"',
            related=((place(saga, end, "pivot"), "the pivot"),),
        )
    elif step.retry == "limited":
        attempts = term(topology, f"{step.attempts} attempts", place(saga, index, "attempts"))
        yield Fault(
            path=place(saga, index, "retry"),
            what=f'step "{step.name}" of saga "{saga.name}" gives up after the pivot',
            why=f'1. The pivot "{pivot.name}" is done: there is no way back. 2. "{step.name}" fails in {attempts} and is given up. 3. Nothing undoes "{pivot.name}", nothing completes it.',
            fix="retry: until-done",
            related=((place(saga, end, "pivot"), "the pivot"),),
            becomes="until-done",
        )
