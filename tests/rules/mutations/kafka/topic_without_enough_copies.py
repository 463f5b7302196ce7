"""A durable topic of two copies; a topic of more copies than brokers."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    brokers = host.topology.kafka.brokers if host.topology.kafka else 0
    for topic in host.topics():
        if topic.durable and brokers >= 3:
            yield host.put(2, "topics", topic.name, "replication_factor")
        if 0 < brokers < 9:
            yield host.put(brokers + 1, "topics", topic.name, "replication_factor")
