"""A topic whose records have too few copies, or more copies than there are brokers.

What: replication_factor is above the number of brokers, or a durable topic has fewer than 3 copies although there are 3 brokers.
Why: above the number of brokers the topic cannot be created. With 2 copies the loss of one broker leaves one disk between every
acknowledged record and its loss, or stops all writes, depending on min_insync_replicas.
Fix: set replication_factor to 3, and to no more than the brokers; or say durable: false for a topic whose records may be lost.
Source: strimzi/strimzi-kafka-operator KafkaSpecChecker and packaging/examples/kafka/kafka-persistent.yaml; spec row F2.1.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import whence
from wireplan.topology.types import Kafka, Topic, TopicRole, Topology

COPIES = 3  # one may be lost and one restarted


@rule("KAF001", Severity.ERROR)
def topic_without_enough_copies(topology: Topology) -> Iterator[Fault]:
    """Topics that a broker's loss reaches; those of retries and dead letters are KAF012's."""
    kafka = topology.kafka
    if kafka is None:
        return
    for topic in topology.topics.values():
        if topic.role is not TopicRole.MAIN:
            continue
        if topic.replication_factor > kafka.brokers:
            yield out_of_reach(topology, topic, kafka)
        elif topic.durable and topic.replication_factor < COPIES <= kafka.brokers:
            yield too_few(topology, topic, kafka)


def out_of_reach(topology: Topology, topic: Topic, kafka: Kafka) -> Fault:
    """More copies than brokers."""
    brokers = ("kafka", "brokers")
    return Fault(
        path=("topics", topic.name, "replication_factor"),
        what=f'topic "{topic.name}" wants {copies(topic.replication_factor)}, but there are {kafka.brokers} brokers',
        why=f"A broker holds at most one copy of a partition: {topic.replication_factor} copies need {topic.replication_factor} "
        f"brokers, kafka.brokers is {kafka.brokers} ({whence(topology, brokers)}). Kafka refuses to create the topic.",
        fix=f"replication_factor: {kafka.brokers}",
        related=((brokers, "the brokers"),),
        becomes=str(kafka.brokers) if kafka.brokers >= COPIES else None,
    )


def too_few(topology: Topology, topic: Topic, kafka: Kafka) -> Fault:
    """A durable topic with fewer copies than the cluster can give."""
    brokers = ("kafka", "brokers")
    return Fault(
        path=("topics", topic.name, "replication_factor"),
        what=f'durable topic "{topic.name}" has {copies(topic.replication_factor)} of each record',
        why=f"Of {topic.replication_factor} copies one broker's loss leaves {topic.replication_factor - 1}. "
        f"There are {kafka.brokers} brokers ({whence(topology, brokers)}), so {COPIES} copies cost nothing but disk.",
        fix=f"replication_factor: {COPIES}",
        related=((brokers, "the brokers"),),
        becomes=str(COPIES),
    )


def copies(number: int) -> str:
    """`1 copy`, `2 copies`."""
    return "1 copy" if number == 1 else f"{number} copies"
