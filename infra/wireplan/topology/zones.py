"""What a zone takes with it: of each part as many copies as lie there when they are spread evenly, which is what the manifests ask for.

At the worst: of copies that do not divide, the zone has the larger share; it has the primary of every database; and since brokers are told no racks, it has as many copies of a
partition as it has brokers, and as many controllers.
"""

from collections.abc import Iterator

from wireplan.topology import capacity
from wireplan.topology.copies import BUILT_IN, copies
from wireplan.topology.effects import PODS, WRITES
from wireplan.topology.types import DatabaseCluster, Kafka, Topic, Topology

VOTERS = 3
"""Controllers of a Kafka cluster of ours with three brokers or more."""


def lost(topology: Topology, parts: tuple[str, ...], zones: int) -> tuple[str, ...]:
    """The ids of what stays away with one of some zones."""
    return tuple(dict.fromkeys(each for part in parts for each in of_part(topology, part, zones)))


def alone(topology: Topology, parts: tuple[str, ...], zones: int) -> tuple[str, ...]:
    """The parts whose copies may all be in the zone."""
    return tuple(part for part in parts if part in of_part(topology, part, zones))


def of_part(topology: Topology, part: str, zones: int) -> tuple[str, ...]:
    """What stays away of one part."""
    noun, _, name = part.partition(".")
    number = copies(topology, part).number
    if number is None:
        return ()
    if noun == "topics":
        return tuple(of_topic(topology.topics[name], topology.kafka, zones))
    if share(number, zones) >= number:
        return (part, f"{part}{PODS}")
    if noun == "databases" and stopped(topology.databases[name], share(number, zones)):
        return (f"{part}{WRITES}",)
    if noun == "kafka" and topology.kafka and leaderless(topology.kafka, zones):
        return (part,)
    return ()


def share(number: int, zones: int) -> int:
    """How many of some copies are in the zone that has most of them."""
    return -(-number // zones)


def of_topic(topic: Topic, kafka: Kafka | None, zones: int) -> Iterator[str]:
    """All of a topic, or writing to it."""
    if kafka is None or kafka.provider not in BUILT_IN:
        return
    left = topic.replication_factor - min(topic.replication_factor, share(kafka.brokers, zones))
    if left == 0:
        yield f"topics.{topic.name}"
    elif left < topic.min_insync_replicas:
        yield f"topics.{topic.name}{WRITES}"


def leaderless(kafka: Kafka, zones: int) -> bool:
    """Whether too few controllers are left to decide who leads."""
    gone = min(VOTERS, share(kafka.brokers, zones)) if kafka.provider == "builtin" else share(VOTERS, zones)
    return capacity.lone_vote(kafka) or (kafka.brokers >= VOTERS and VOTERS - gone <= VOTERS // 2)


def stopped(cluster: DatabaseCluster, gone: int) -> bool:
    """Whether writes stop while so many members are away, the primary among them.

    Too few replicas are left to confirm a write; or so few that none of them is sure to have all that was confirmed, and the quorum promotes none.
    """
    own = cluster.synchronous
    if own is None:
        return False
    left = cluster.instances - gone
    return (own.durability == "required" and own.number > left - 1) or (
        own.failover_quorum and own.number < gone
    )
