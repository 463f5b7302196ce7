"""A publication to a durable topic that waits for nobody, or for the leader alone."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        for topic in [host.topology.topics[name] for name in service.publishes]:
            acks = ("services", service.name, "publishes", topic.name, "acks")
            if topic.durable:
                yield host.put("none", *acks)
                if topic.replication_factor > 1:
                    yield host.put("leader", *acks)
