"""Retries after an answer, and after what may be half done."""

from collections.abc import Iterator

from wireplan.topology.chains import attempts

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, call in host.calls():
        if attempts(host.topology, call) > 1:
            yield host.put(["UNAVAILABLE", "NOT_FOUND"], *path, "retry", "on")
            yield host.put(["INTERNAL"], *path, "retry", "on")
