"""A step whose method has neither a level nor a key."""

from collections.abc import Iterator

from wireplan.topology import steps
from wireplan.topology.types import Idempotency

from tests.rules.mutating import Host, Mutation
from tests.rules.trials import trials


def mutations(host: Host) -> Iterator[Mutation]:
    if not host.topology.contracts:
        return
    for trial in trials(host, level=Idempotency.UNKNOWN):
        callee = trial.method.partition(".")[0]
        if callee != trial.owner and not steps.keyed(host.topology, trial.method):
            yield trial.mutated(host, [{}], ("sagas", "trial", "steps", 0, "call"))
