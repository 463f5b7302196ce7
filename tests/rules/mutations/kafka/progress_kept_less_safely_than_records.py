"""A patch that keeps the groups' progress in one copy, or lets one broker acknowledge it."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    kafka = host.topology.kafka
    store = host.topology.object_store
    kept = all(cluster.backup for cluster in host.clusters() if cluster.databases)
    safe = kept and (
        store is None or store.provider == "external"
    )  # more is asked of a system that names an environment
    if (
        kafka is None
        or kafka.provider == "external"
        or kafka.brokers < 3
        or not (host.written("environment") or safe)
    ):
        return
    for key in ("offsets.topic.replication.factor", "transaction.state.log.min.isr"):
        patch = host.patch("Kafka", {"spec": {"kafka": {"config": {key: 1}}}}, "spec", "kafka", "config", key)
        yield host.puts({**patch.values, ("environment", "kafka"): "strimzi"}, patch.at)
