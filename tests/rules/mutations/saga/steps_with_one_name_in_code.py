"""A step that is called as the undo of another; as what takes its answer."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation
from tests.rules.trials import trials


def mutations(host: Host) -> Iterator[Mutation]:
    for trial in trials(host):
        steps = [{"name": "order", "undo": trial.method}, {"name": "order-undo"}]
        yield trial.mutated(host, steps, ("sagas", "trial", "steps", 1))
        if host.topology.contracts and trial.method.partition(".")[0] != trial.owner:
            steps = [{"name": "order-done", "undo": trial.method}, {"name": "order"}]
            yield trial.mutated(host, steps, ("sagas", "trial", "steps", 1))
