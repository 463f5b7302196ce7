"""A patch that keeps the groups' progress in one copy, or lets one broker acknowledge it."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    kafka = host.topology.kafka
    kept = all(
        cluster.backup for cluster in host.clusters() if cluster.databases
    )  # else to name an environment is to lack them
    if (
        kafka is None
        or kafka.provider == "external"
        or kafka.brokers < 3
        or not (host.written("environment") or kept)
    ):
        return
    for key in ("offsets.topic.replication.factor", "transaction.state.log.min.isr"):
        patch = host.patch("Kafka", {"spec": {"kafka": {"config": {key: 1}}}}, "spec", "kafka", "config", key)
        yield host.puts({**patch.values, ("environment", "kafka"): "strimzi"}, patch.at)
