"""A saga with less time than its steps."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation
from tests.rules.trials import trials


def mutations(host: Host) -> Iterator[Mutation]:
    for trial in trials(host):
        yield trial.mutated(host, [{"undo": trial.method}, {}], ("sagas", "trial", "timeout"), timeout="1s")
    for saga in host.topology.sagas.values():
        yield host.put("1s", "sagas", saga.name, "timeout")
