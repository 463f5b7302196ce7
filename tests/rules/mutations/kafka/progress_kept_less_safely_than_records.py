"""A patch that keeps the groups' progress in one copy, or lets one broker acknowledge it."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    kafka = host.topology.kafka
    if kafka is None or kafka.provider != "strimzi" or kafka.brokers < 3:
        return
    for key in ("offsets.topic.replication.factor", "transaction.state.log.min.isr"):
        config = {"spec": {"kafka": {"config": {key: 1}}}}
        yield host.patch("Kafka", config, "spec", "kafka", "config", key)
