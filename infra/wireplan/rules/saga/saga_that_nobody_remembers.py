"""A saga whose owner has nowhere to write down how far it is.

What: the owner of a saga has no database.
Why: the step that a saga has reached is in the memory of a pod. When that pod goes, for an update or by accident, nobody knows that steps were done, and so nobody completes
or undoes them.
Fix: give the owner a database, or make a service that has one the owner.
Source: spec rows F3.4, F3.7; dbos-transact-py dbos/_recovery.py for how an engine loses flows whose executor is gone. Corrected here: the list speaks of that engine's executors;
Wireplan's sagas stand in the owner's database, where any of its pods finds them, so that what is left to get wrong is an owner without one.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.types import Topology


@rule("SAG003", Severity.ERROR)
def saga_that_nobody_remembers(topology: Topology) -> Iterator[Fault]:
    """Owners of sagas and their databases."""
    for saga in topology.sagas.values():
        first = saga.steps[0].name
        if topology.services[saga.owner].database is None:
            yield Fault(
                path=("sagas", saga.name, "owner"),
                what=f'"{saga.owner}" orchestrates saga "{saga.name}" and has no database to remember it in',
                why=f'1. Step "{first}" is done. 2. The pod of "{saga.owner}" is killed. 3. Nothing says that the saga had begun: it is neither completed nor undone.',
                fix=f"services.{saga.owner}.database: NAME, or another owner",
                related=((("services", saga.owner), "the owner"),),
            )
