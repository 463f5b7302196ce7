"""A durable topic that one disk acknowledges, or that every copy must."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for topic in host.topics():
        if topic.durable and topic.replication_factor >= 3:
            yield host.put(1, "topics", topic.name, "min_insync_replicas")
            yield host.put(topic.replication_factor, "topics", topic.name, "min_insync_replicas")
