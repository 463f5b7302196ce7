"""A service that an edge needs and that has no outbox publishes to a topic of one copy."""

from collections.abc import Iterator

from wireplan.topology.chains import needed

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    kafka = host.topology.kafka
    if host.dev or (kafka is not None and (kafka.provider == "external" or kafka.brokers == 2)):
        return
    for name in needed(host.topology):
        if host.topology.services[name].database is None:
            topic = ("topics", "seen")
            seen = {"message": "x.v1.Seen", "durable": False, "replication_factor": 1}
            published = ("services", name, "publishes", "seen")
            yield host.puts({topic: seen, published: {}}, (*topic, "replication_factor"))
