"""A durable topic that acknowledges what one disk holds, or stops when one broker restarts.

What: min_insync_replicas of a durable topic is below 2, or not below its replication_factor.
Why: with 1, a record is acknowledged while only the leader has it, and is gone with the leader's disk. Equal to the number of copies, every
restart of any broker refuses all writes until it is back.
Fix: set min_insync_replicas to 2 with 3 copies; below 3 brokers neither can be had, so add brokers or say durable: false.
Source: kafka.apache.org documentation of min.insync.replicas; strimzi/drain-cleaner README; spec rows F2.1, F2.5.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term, written
from wireplan.topology import capacity
from wireplan.topology.types import Kafka, Path, Topic, TopicRole, Topology

ACKNOWLEDGED_ON = 2  # disks that hold a record before its producer hears so
COPIES = 3


@rule("KAF002", Severity.ERROR, dev=Severity.WARNING)
def fragile_in_sync_minimum(topology: Topology) -> Iterator[Fault]:
    """Durable topics whose copies suffice (else it is KAF001's, or of two brokers KAF003's) and whose minimum does not."""
    kafka = topology.kafka
    if kafka is None or capacity.lone_vote(kafka):
        return
    found = [
        topic
        for topic in topology.topics.values()
        if topic.role is TopicRole.MAIN and topic.durable and not copies_are_wrong(topic, kafka)
    ]
    few = [topic for topic in found if topic.min_insync_replicas < ACKNOWLEDGED_ON]
    own = [topic for topic in few if not by_brokers(topology, topic, kafka)]
    many = [t for t in found if ACKNOWLEDGED_ON <= t.min_insync_replicas >= t.replication_factor]
    yield from (one_disk(topology, topic) for topic in own)
    yield from (stops_on_restart(topology, topic) for topic in many)
    if len(few) > len(own):
        yield too_few_brokers(topology, kafka, [topic for topic in few if by_brokers(topology, topic, kafka)])


def by_brokers(topology: Topology, topic: Topic, kafka: Kafka) -> bool:
    """Whether too few brokers, which the file names, are the cause, and not what it says of the topic."""
    own = (path(topic), ("topics", topic.name, "replication_factor"))
    return (
        kafka.brokers < COPIES
        and written(topology, ("kafka", "brokers"))
        and not any(written(topology, each) for each in own)
    )


def too_few_brokers(topology: Topology, kafka: Kafka, topics: list[Topic]) -> Fault:
    """One cause for all topics that say nothing of their own."""
    brokers = term(topology, f"brokers: {kafka.brokers}", ("kafka", "brokers"))
    more = f" (and {len(topics) - 1} more)" if topics[1:] else ""
    return Fault(
        path=("kafka", "brokers"),
        what=f'durable topic "{topics[0].name}"{more} acknowledges a record that one broker holds',
        why=f"{brokers} leaves {numbers(topology, topics[0])}. When the leader fails alone, a replica without the record may lead, "
        "or there is none, and the acknowledged record is gone.",
        fix=fix(topics[0]),
        related=((("topics", topics[0].name), "a topic that should be durable"),),
    )


def copies_are_wrong(topic: Topic, kafka: Kafka) -> bool:
    """Whether KAF001 speaks of this topic; one cause gives one finding."""
    return topic.replication_factor > kafka.brokers or topic.replication_factor < COPIES <= kafka.brokers


def one_disk(topology: Topology, topic: Topic) -> Fault:
    """Acknowledged while only the leader has it."""
    return Fault(
        path=path(topic),
        what=f'durable topic "{topic.name}" acknowledges a record that one broker holds',
        why=f"{numbers(topology, topic)}. When the leader fails alone, a replica without the record may lead, "
        "and the acknowledged record is gone.",
        fix=fix(topic),
        becomes=str(ACKNOWLEDGED_ON) if topic.replication_factor >= COPIES else None,
    )


def stops_on_restart(topology: Topology, topic: Topic) -> Fault:
    """Every copy must be in sync, so none may restart."""
    return Fault(
        path=path(topic),
        what=f'topic "{topic.name}" refuses all writes while any one of its brokers restarts',
        why=f"{numbers(topology, topic)}: {topic.replication_factor} - 1 = {topic.replication_factor - 1} copies in sync "
        f"during a restart are fewer than the minimum of {topic.min_insync_replicas}.",
        fix=fix(topic),
        becomes=str(ACKNOWLEDGED_ON) if topic.replication_factor >= COPIES else None,
    )


def path(topic: Topic) -> Path:
    """Where the minimum is written."""
    return ("topics", topic.name, "min_insync_replicas")


def numbers(topology: Topology, topic: Topic) -> str:
    """Both numbers with their origins."""
    copies = term(
        topology,
        f"replication_factor is {topic.replication_factor}",
        ("topics", topic.name, "replication_factor"),
    )
    return f"{copies}, {term(topology, f'min_insync_replicas is {topic.min_insync_replicas}', path(topic))}"


def fix(topic: Topic) -> str:
    """What to write."""
    if topic.replication_factor >= COPIES:
        return f"min_insync_replicas: {ACKNOWLEDGED_ON}"
    return "kafka.brokers: 3, then 3 copies with a minimum of 2; or durable: false, if records may be lost"
