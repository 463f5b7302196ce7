"""A share group."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, group, _ in host.groups():
        free = host.written(*path, "protocol") is None and group.ordering == "none"
        if free and host.alone(group) and group.handler_timeout <= 30:
            yield host.put("share", *path, "membership")
