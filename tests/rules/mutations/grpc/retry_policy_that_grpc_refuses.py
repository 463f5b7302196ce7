"""A retry policy without a status, or with a pause of nothing."""

from collections.abc import Iterator

from wireplan.topology.chains import attempts

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, call in host.calls():
        if attempts(host.topology, call) > 1:
            yield host.put([], *path, "retry", "on")
            yield host.put("0s", *path, "retry", "initial_backoff")
            yield host.put("0s", *path, "retry", "max_backoff")
