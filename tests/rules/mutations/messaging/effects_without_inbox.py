"""Effects in a database without an inbox; an inbox without a database."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, group, _ in host.groups():
        if group.commit == "after-effect":
            yield host.put(host.topology.services[group.service].database is None, *path, "inbox")
