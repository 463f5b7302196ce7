"""A request that waits for one broker.

What: in an environment of profile prod, a service that requests of an edge cannot do without publishes straight to a topic, without an outbox, and that topic refuses records while any one broker is away:
its copies less one are fewer than min_insync_replicas, or it has one copy alone.
Why: a service without an outbox waits for the brokers' acknowledgement before it answers. Brokers restart one after the other at every upgrade; each time the partitions that the broker leads, or all of them,
refuse the record, and the request fails with it. That the records may be lost (durable: false) does not help: the request has waited for them.
Fix: leave replication_factor and min_insync_replicas out (3 and 2); or a database for the service, whose outbox then keeps the records.
Source: kafka.apache.org, min.insync.replicas and acks; spec rows F2.1, F2.4, F2.5. Durable topics are KAF001's and KAF002's, two brokers KAF003's.
"""

from collections.abc import Iterator, Mapping

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import arrival, term
from wireplan.topology import capacity
from wireplan.topology.chains import Entry, needed
from wireplan.topology.copies import without_one
from wireplan.topology.types import Publication, Topology


@rule("KAF019", Severity.ERROR)
def request_that_waits_for_one_broker(topology: Topology) -> Iterator[Fault]:
    """Topics that one broker stops, under services that wait for them. On one machine a second broker protects from nothing."""
    kafka = topology.kafka
    if (
        kafka is None
        or topology.environment.profile == "dev"
        or kafka.provider == "external"
        or capacity.lone_vote(kafka)
    ):
        return
    stopped = {topic.name for topic in topology.topics.values() if not topic.durable and without_one(topic)}
    if not stopped:
        return
    table = needed(topology)
    said: set[str] = set()
    for name in table:
        for publication in topology.services[name].publishes.values():
            if publication.topic in stopped and not publication.outbox and publication.topic not in said:
                said.add(publication.topic)
                yield waiting(topology, table, publication)


def waiting(topology: Topology, table: Mapping[str, Entry], publication: Publication) -> Fault:
    """The way to the topic, and its numbers."""
    topic = topology.topics[publication.topic]
    base = ("topics", topic.name)
    published = ("services", publication.service, "publishes", topic.name)
    copies = term(
        topology, f"replication_factor is {topic.replication_factor}", (*base, "replication_factor")
    )
    least = term(
        topology, f"min_insync_replicas is {topic.min_insync_replicas}", (*base, "min_insync_replicas")
    )
    return Fault(
        path=(*base, "replication_factor"),
        what=f'requests of edge "{table[publication.service].edge.name}" fail while one broker of topic "{topic.name}" restarts',
        why=f"{arrival(topology, table, publication.service)}; {term(topology, f'{publication.service} publishes to {topic.name}', published)} without an outbox, so that its "
        f"request waits. {copies}, {least}: with one broker away {topic.replication_factor - 1} of its copies are left.",
        fix="leave replication_factor and min_insync_replicas out, with kafka.brokers: 3; or give the service a database, and so an outbox",
        related=((published, "waits for it"),),
    )
