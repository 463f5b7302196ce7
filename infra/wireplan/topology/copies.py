"""How many copies a part has, and what is lost for good when one of them is gone and the others have taken over."""

from collections.abc import Callable, Mapping

from wireplan.model.units import duration_text
from wireplan.records import dataclass
from wireplan.topology import capacity
from wireplan.topology.effects import WRITES
from wireplan.topology.types import DatabaseCluster, Topic, Topology

BUILT_IN = ("builtin", "strimzi", "cloudnative-pg")
"""Providers whose members are ours; of others nobody knows how many there are."""


@dataclass(frozen=True, slots=True)
class Copies:
    """`number` is None where the model does not know; `lost` are the ids that stay away with one copy gone."""

    number: int | None = None
    lost: tuple[str, ...] = ()
    takeover: str = ""


def copies(topology: Topology, part: str) -> Copies:
    """The copies of a part by its id."""
    noun, _, name = part.partition(".")
    counted = COUNTED.get(noun)
    return counted(topology, name) if counted else Copies()


def of_edge(topology: Topology, name: str) -> Copies:
    """Pods at the fewest."""
    return pods(topology.edges[name].replicas.min, "")


def of_cache(_: Topology, __: str) -> Copies:
    """One pod always: copies would be asynchronous, and a cache does not need them."""
    return Copies(1)


def of_store(topology: Topology, _: str) -> Copies:
    """One pod over one volume where it is ours."""
    ours = topology.object_store is not None and topology.object_store.provider in BUILT_IN
    return Copies(1 if ours else None)


def pods(number: int, more: str) -> Copies:
    """Of something that is pods behind one name."""
    others = "the other pod answers" if number == 2 else f"the other {number - 1} pods answer"
    said = f"{others}; what was in hand on it fails, or is tried again{more}"
    return Copies(number, (), said if number > 1 else "")


def of_service(topology: Topology, name: str) -> Copies:
    """Pods at the fewest; the partitions of a member that is gone wait for another."""
    service = topology.services[name]
    waits = max((group.session_timeout for group in service.consumes.values()), default=0.0)
    more = f"; its partitions wait up to {duration_text(waits)} for another member" if waits else ""
    return pods(service.replicas.min, more)


def of_database(topology: Topology, name: str) -> Copies:
    """Members of a Postgres cluster: a replica is promoted, and enough must be left to confirm each write."""
    cluster = topology.databases[name]
    if cluster.provider not in BUILT_IN:
        return Copies()
    if cluster.instances == 1:
        return Copies(1)
    reading = [
        f"{method} of {service.name}"
        for service in topology.services.values()
        if service.database and service.database.cluster == cluster.name
        for method in service.database.reads_from_replicas
    ]
    return Copies(
        cluster.instances, (f"databases.{cluster.name}{WRITES}",) if stuck(cluster) else (), promoted(reading)
    )


def stuck(cluster: DatabaseCluster) -> bool:
    """Whether every write waits while one replica of a Postgres cluster is away, since too few are left to confirm it."""
    own = cluster.synchronous
    return own is not None and own.durability == "required" and own.number > cluster.instances - 2


def promoted(reading: list[str]) -> str:
    """What happens until a replica leads."""
    on = f"; {', '.join(reading)} read on from replicas" if reading else ""
    return f"if it is the primary, statements fail until a replica is promoted{on}"


def of_kafka(topology: Topology, _: str) -> Copies:
    """Brokers: leaders move to replicas, where topics have any and enough of them are left to confirm."""
    kafka = topology.kafka
    if kafka is None or kafka.provider not in BUILT_IN:
        return Copies()
    if kafka.brokers == 1:
        return Copies(1)
    if capacity.lone_vote(kafka):
        return Copies(
            kafka.brokers, ("kafka",), "if it is kafka-0, nobody may make another the leader (KAF003)"
        )
    lost = tuple(each for topic in topology.topics.values() for each in without_one(topic))
    return Copies(kafka.brokers, lost, "producers and consumers wait for the new leaders, then go on")


def of_topic(topology: Topology, name: str) -> Copies:
    """Copies of its partitions."""
    topic = topology.topics[name]
    if topology.kafka is None or topology.kafka.provider not in BUILT_IN:
        return Copies()
    said = "another copy leads" if topic.replication_factor > 1 else ""
    return Copies(topic.replication_factor, without_one(topic), said)


def without_one(topic: Topic) -> tuple[str, ...]:
    """What of a topic is away with one of its copies: all, writing, or nothing."""
    left = topic.replication_factor - 1
    if left == 0:
        return (f"topics.{topic.name}",)
    return (f"topics.{topic.name}{WRITES}",) if left < topic.min_insync_replicas else ()


COUNTED: Mapping[str, Callable[[Topology, str], Copies]] = {
    "edges": of_edge,
    "services": of_service,
    "topics": of_topic,
    "databases": of_database,
    "caches": of_cache,
    "kafka": of_kafka,
    "object_store": of_store,
}
"""How the copies of each kind of part are counted; of buckets and externals nobody here knows."""
