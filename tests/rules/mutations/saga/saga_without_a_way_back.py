"""A step that cannot be undone; an undo after the pivot; a step that gives up; two pivots."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation
from tests.rules.trials import trials


def mutations(host: Host) -> Iterator[Mutation]:
    for trial in trials(host):
        place = ("sagas", "trial", "steps")
        yield trial.mutated(host, [{}, {}], (*place, 0))
        yield trial.mutated(host, [{"pivot": True}, {"pivot": True}], (*place, 1, "pivot"))
        yield trial.mutated(host, [{"pivot": True}, {"retry": "limited"}], (*place, 1, "retry"))
        yield trial.mutated(host, [{"pivot": True}, {"undo": trial.method}], (*place, 1, "undo"))
