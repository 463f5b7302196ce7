"""A publication beside a database that does not go through it."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        for topic in service.publishes if service.database else ():
            yield host.put(False, "services", service.name, "publishes", topic, "outbox")
