"""A saga with more time than its callees remember its keys."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation
from tests.rules.trials import trials


def mutations(host: Host) -> Iterator[Mutation]:
    for trial in trials(host):
        if trial.method.partition(".")[0] != trial.owner:
            at = ("sagas", "trial", "timeout")
            yield trial.mutated(host, [{"undo": trial.method}, {}], at, timeout="91d")
    for saga in host.topology.sagas.values():
        if any(step.undo_call and step.call for step in saga.steps):
            yield host.put("92d", "sagas", saga.name, "timeout")
