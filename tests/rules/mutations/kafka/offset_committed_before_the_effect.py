"""A group of a durable topic that commits first."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, _, topic in host.groups():
        if topic.durable:
            yield host.put("before-effect", *path, "commit")
