"""A publication beside a database that does not go through it, or that goes through none."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        for topic in service.publishes:
            yield host.put(service.database is None, "services", service.name, "publishes", topic, "outbox")
