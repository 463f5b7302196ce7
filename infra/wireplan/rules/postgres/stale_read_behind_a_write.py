"""A write that is decided by what a replica shows.

What: a method that writes reads from replicas: its contract does not say NO_SIDE_EFFECTS, or it is a step of a saga or the undo of one.
Why: a replica is behind, and may even show a state that the primary never had, since it makes commits visible in another order. A decision that is
taken on it and written to the primary is taken on the past: the last piece is sold twice, a limit is passed, an undo finds nothing to undo.
Fix: list only methods that write nothing in reads_from_replicas, and say NO_SIDE_EFFECTS in their contract.
Source: jepsen.io/analyses/amazon-rds-for-postgresql-17.4 (Long Fork between primary and replicas); postgresql.org "Hot Standby". Corrected here: single queries are
not in the model, methods are. A contract that says nothing of a method is a warning: it may only read.
"""

from collections.abc import Iterator, Mapping

from wireplan.findings import Severity
from wireplan.rules.check import Fault, leave_out, rule
from wireplan.topology.types import Idempotency, Path, Service, Topology


@rule("PG005", Severity.ERROR)
def stale_read_behind_a_write(topology: Topology) -> Iterator[Fault]:
    """Methods that read from replicas against what contracts and sagas say of them."""
    steps = targets(topology)
    for service in topology.services.values():
        if service.database is None:
            continue
        declared = levels(topology, service)
        for method in service.database.reads_from_replicas:
            step = steps.get(f"{service.name}.{method}")
            level = declared.get(method, Idempotency.NO_SIDE_EFFECTS)
            if step is not None:
                yield decided(service, method, f'a saga takes "{service.name}.{method}" as a step', step)
            elif level is Idempotency.IDEMPOTENT:
                yield decided(service, method, "its contract says IDEMPOTENT, so it writes")
            elif level is Idempotency.UNKNOWN:
                yield decided(
                    service, method, "its contract does not say that it writes nothing", unsure=True
                )


def targets(topology: Topology) -> Mapping[str, Path]:
    """Where a saga calls or undoes by `service.Method`."""
    return {
        target: ("sagas", saga.name, "steps", index, key)
        for saga in topology.sagas.values()
        for index, step in enumerate(saga.steps)
        for key, target in (("call", step.call), ("undo", step.undo_call))
        if target
    }


def levels(topology: Topology, service: Service) -> Mapping[str, Idempotency]:
    """What the contracts of a service say of its methods."""
    contracts = [topology.contracts[name] for name in service.serves if name in topology.contracts]
    return {name: method.idempotency for each in contracts for name, method in each.methods.items()}


def decided(
    service: Service, method: str, because: str, step: Path | None = None, *, unsure: bool = False
) -> Fault:
    """The shortest schedule that decides on the past."""
    return Fault(
        path=("services", service.name, "reads_from_replicas", method),
        what=f'"{service.name}.{method}" reads from replicas, but {because}',
        why=f'1. A write commits on the primary, and no replica has replayed it. 2. "{method}" reads on a replica and does not see it. '
        "3. What it writes is right for the past only: the last piece goes to two, or a limit is passed.",
        fix=f"option idempotency_level = NO_SIDE_EFFECTS for {method}, if it writes nothing; else take it out of reads_from_replicas"
        if unsure
        else f"take {method} out of reads_from_replicas",
        related=((step, "the step"),) if step else (),
        mend=None if unsure else leave_out("services", service.name, "reads_from_replicas", method),
        severity=Severity.WARNING if unsure else None,
    )
