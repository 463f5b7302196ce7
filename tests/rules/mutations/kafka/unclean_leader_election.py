"""Brokers that let a replica lead which lacks records."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    kafka = host.topology.kafka
    if kafka is not None and kafka.brokers > 1 and any(topic.durable for topic in host.topics()):
        yield host.put(True, "kafka", "unclean_leader_election")
