"""A group that begins at the end of a durable topic."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, _, topic in host.groups():
        if topic.durable:
            yield host.put("latest", *path, "offset_reset")
