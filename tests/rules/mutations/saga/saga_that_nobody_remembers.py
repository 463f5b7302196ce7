"""A saga whose owner has no database."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation
from tests.rules.trials import trials


def mutations(host: Host) -> Iterator[Mutation]:
    for trial in trials(host, remembered=False):
        yield trial.mutated(host, [{"undo": trial.method}, {}], ("sagas", "trial", "owner"))
