"""A pod that is killed after the time that it waits before it ends."""

from collections.abc import Iterator

from wireplan.rules.words import duration

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        yield host.put(duration(service.shutdown.pre_stop + 1), "services", service.name, "shutdown", "grace")
