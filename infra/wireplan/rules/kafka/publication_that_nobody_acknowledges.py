"""A producer that counts a record as sent while it may still vanish.

What: acks of a publication to a durable topic is none, or leader where the topic has more copies than the leader's.
Why: with none, the producer hears nothing: a record that a broker refuses, or that lay in a connection when the broker went, is gone without an error anywhere, and an
outbox crosses it off. With leader, the record is acknowledged before another broker has it, and goes with the leader's disk.
Fix: leave acks out (all). What makes one broker answer late is the broker, not the question; where records may be lost, say durable: false of the topic.
Source: kafka.apache.org, producer configuration "acks"; confluentinc/librdkafka INTRODUCTION.md, "Message reliability"; spec row F2.5. Corrected here: the list also named idempotence, requests in
flight and the delivery callback, which Wireplan writes itself; of who acknowledges, the topology can say otherwise.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology.durability import ALL, LEADER
from wireplan.topology.types import Path, Publication, Topic, Topology


@rule("KAF005", Severity.ERROR)
def publication_that_nobody_acknowledges(topology: Topology) -> Iterator[Fault]:
    """Publications to durable topics that do not wait for all replicas in sync."""
    for service in topology.services.values():
        for publication in service.publishes.values():
            topic = topology.topics.get(publication.topic)
            if topic is None or not topic.durable or publication.acks == ALL:
                continue
            if publication.acks != LEADER:
                yield unheard(topology, publication)
            elif topic.replication_factor > 1:
                yield leader_alone(topology, publication, topic)


def where(publication: Publication) -> Path:
    """Where it is written."""
    return ("services", publication.service, "publishes", publication.topic, "acks")


def unheard(topology: Topology, publication: Publication) -> Fault:
    """The shortest schedule that loses a record without a word."""
    service, topic = publication.service, publication.topic
    crossed = " and the outbox crosses it off" if publication.outbox else ""
    return Fault(
        path=where(publication),
        what=f'"{service}" does not hear whether a record for "{topic}" has arrived',
        why=f'1. "{service}" writes a record for "{topic}" into its connection, {term(topology, "with acks none", where(publication))}: it counts as sent{crossed}. '
        "2. The broker goes, or refuses it. 3. No error comes back: the record is gone, and nobody knows.",
        fix="acks: all",
        related=((("topics", topic, "durable"), "its records must not be lost"),),
        becomes=ALL,
    )


def leader_alone(topology: Topology, publication: Publication, topic: Topic) -> Fault:
    """Acknowledged on one disk, though there are more."""
    copies = term(
        topology, f"{topic.replication_factor} copies", ("topics", topic.name, "replication_factor")
    )
    return Fault(
        path=where(publication),
        what=f'"{publication.service}" takes a record for "{topic.name}" as safe when its leader alone has it',
        why=f"1. The leader acknowledges ({term(topology, 'acks is leader', where(publication))}), before the others of {copies} have it. 2. Its disk is lost. "
        "3. Another leads, without the record.",
        fix="acks: all",
        related=((("topics", topic.name, "durable"), "its records must not be lost"),),
        becomes=ALL,
    )
