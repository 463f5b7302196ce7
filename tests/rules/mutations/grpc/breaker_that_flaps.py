"""A breaker that acts on one call."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, _ in host.calls():
        yield host.put(1, *path, "breaker", "close_after")
        yield host.put(1, *path, "breaker", "consecutive_failures")
