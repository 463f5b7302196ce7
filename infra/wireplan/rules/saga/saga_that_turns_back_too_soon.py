"""A saga that turns back while a step may still be done.

What: the timeout of a saga is shorter than its steps up to the pivot may take with all their attempts.
Why: the saga turns back while a call of the last step is on its way. The undo finds nothing, since nothing is there yet; then the call arrives and is done, after its own
undo, and nobody undoes it again.
Fix: leave the timeout out (Wireplan gives what all steps take, there and back), or give the steps fewer attempts or less time.
Source: arithmetic; spec row F3.7. Corrected here: after the pivot there is no turning back, and what undoes has no end but its own, so that neither counts; and
steps have no pauses of their own in the model.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology import turns
from wireplan.topology.types import Saga, Topology


@rule("SAG002", Severity.ERROR)
def saga_that_turns_back_too_soon(topology: Topology) -> Iterator[Fault]:
    """Each saga's timeout against the steps that may be under way when it ends."""
    for saga in topology.sagas.values():
        needed = turns.patience(turns.forward(saga))
        if saga.timeout < needed:
            yield too_soon(topology, saga, needed)


def too_soon(topology: Topology, saga: Saga, needed: float) -> Fault:
    """The sum, each number with its line."""
    steps = turns.forward(saga)
    path = ("sagas", saga.name, "timeout")
    terms = " + ".join(said(topology, saga, index) for index in range(len(steps)))
    timeout = term(topology, f"the timeout of {duration(saga.timeout)}", path)
    return Fault(
        path=path,
        what=f'saga "{saga.name}" turns back after {duration(saga.timeout)}, while its steps may take {duration(needed)}',
        why=f'{terms} = {duration(needed)}; {timeout} ends before. 1. The saga turns back while "{steps[-1].name}" is on its way. '
        "2. What is done is undone. 3. The call arrives, is done, and stays.",
        fix=f"timeout: {duration(needed)}, or leave it out",
        becomes=duration(needed),
    )


def said(topology: Topology, saga: Saga, index: int) -> str:
    """One step's term."""
    step, base = saga.steps[index], ("sagas", saga.name, "steps", index)
    attempts = term(topology, f"{step.attempts}", (*base, "attempts"))
    return f"{step.name} {attempts} x {term(topology, duration(step.timeout), (*base, 'timeout'))}"
