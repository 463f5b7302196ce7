"""A step of a saga that may be done twice, and must not be.

What: a step calls a method of another service whose contract says no idempotency_level, and whose request has no field request_id, the key that each attempt of a step has alike.
Why: an attempt whose answer is lost, or whose process ends before it is noted, is made again by whoever goes on with the saga: that is how no saga is left unfinished. A method that may not come twice has then
been done twice, and its undo takes back one of the two.
Fix: a field request_id in its request, by which it knows what it has done (the platform's idempotency.once); or option idempotency_level = IDEMPOTENT, where it is so by itself.
Source: H. Garcia-Molina and K. Salem, "Sagas" (1987), forward recovery; C. Richardson, microservices.io "Idempotent Consumer"; spec rows F1.3, F3.7. Split off SAG001 of the list, which is of what undoes.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology import steps, turns
from wireplan.topology.types import Idempotency, Saga, Topology


@rule("SAG005", Severity.ERROR)
def step_that_may_come_twice(topology: Topology) -> Iterator[Fault]:
    """What each saga calls; the owner's own methods are done in the transaction that notes the step. What nobody remembers (SAG003), nobody repeats."""
    for saga in topology.sagas.values():
        if topology.services[saga.owner].database is None:
            continue
        for index, step in enumerate(saga.steps):
            if (
                step.call
                and not steps.own(saga, step.call)
                and turns.level(topology, step.call) is Idempotency.UNKNOWN
                and not steps.keyed(topology, step.call)
            ):
                yield done_twice(saga, index)


def done_twice(saga: Saga, index: int) -> Fault:
    """An attempt that nobody can know the end of."""
    step = saga.steps[index]
    return Fault(
        path=("sagas", saga.name, "steps", index, "call"),
        what=f'step "{step.name}" of saga "{saga.name}" may call "{step.call}" twice, and nothing says that it may come twice',
        why=f'1. "{saga.owner}" calls "{step.call}", which is done. 2. It is killed before it notes the answer. 3. Another pod goes on with the saga and calls it again: done twice.',
        fix="request_id in its request; or option idempotency_level = IDEMPOTENT in its contract",
    )
