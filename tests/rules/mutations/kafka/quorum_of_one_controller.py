"""Two brokers of a cluster of our own."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    written = [host.written("topics", topic.name, "replication_factor") for topic in host.topics()]
    kafka = host.topology.kafka
    if kafka is not None and kafka.provider == "builtin" and all(copies is None for copies in written):
        yield host.put(2, "kafka", "brokers")
