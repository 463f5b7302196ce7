"""Numbers that follow from others: partitions from instances, connections from pools, memory from heap (M4, PG006)."""

from collections.abc import Iterable, Mapping
from math import ceil

from wireplan.topology import defaults
from wireplan.topology.types import DatabaseCluster, DatabaseUse, Kafka, Replicas, Service, Topic

ROUND = 25
"""max_connections grows in steps, since changing it restarts Postgres."""

WEEK = 604_800.0
REMEMBERED = 45 * 86_400.0

RECEIVED = 100_000_000
"""Bytes of an answer that a consumer takes at most: receive.message.max.bytes of librdkafka."""

LETTER = 4096
"""Bytes of a letter's headers: where the record was, when and why it failed; a reason of 500 characters is 2000 bytes at most."""


def instances(services: Mapping[str, Service]) -> dict[str, int]:
    """The most instances of any service that consumes a topic, by topic."""
    most: dict[str, int] = {}
    for service in services.values():
        for topic in service.consumes:
            most[topic] = max(most.get(topic, 1), service.replicas.max)
    return most


def outages(services: Mapping[str, Service]) -> dict[str, float]:
    """The longest time that any group of a topic may be away, by topic."""
    longest: dict[str, float] = {}
    for service in services.values():
        for topic, group in service.consumes.items():
            longest[topic] = max(longest.get(topic, 0.0), group.outage)
    return longest


def offset_minutes(services: Mapping[str, Service]) -> int:
    """How long brokers remember where a group without members stopped: a week, as is their own, or the longest outage (KAF016)."""
    return ceil(max(WEEK, *outages(services).values(), 0.0) / 60)


def remembered(topics: Mapping[str, Topic], service: Service) -> float:
    """Seconds that a service's inbox remembers an event; 0 where it has none.

    A letter may be replayed until its topic forgets it, and the copy stays in the source for its retention: both together, at least 45 days (MSG004).
    """
    kept = [
        topics[group.topic].retention + (topics[group.dead_letter].retention if group.dead_letter else 0.0)
        for group in service.consumes.values()
        if group.inbox and service.database
    ]
    return max(REMEMBERED, *kept) if kept else 0.0


def lone_vote(kafka: Kafka) -> bool:
    """Whether the brokers of our own cluster are two: two controllers would need both, so that one alone decides (KAF003)."""
    return kafka.provider == "builtin" and kafka.brokers == 2


def letter(record: int) -> int:
    """Bytes that a retry or dead-letter topic takes where its source takes `record`: headers say where the record was and what failed."""
    return record + LETTER


def partitions(pattern: str, most: int) -> int:
    """Partitions of a topic that names none: one, or for point-to-point three for each instance (spec rows M1, M4)."""
    return defaults.PER_INSTANCE.value * most if pattern == "point-to-point" else defaults.PARTITIONS.value


def connections(replicas: Replicas, use: DatabaseUse, poolers: int = 1) -> int:
    """The most connections to one member that a service causes.

    All pods, the surge of a rolling update included; a pool for reading beside the one for writing, since after a
    failover both may end at the same member. Each pod of a pooler keeps connections for the next client, and when all
    clients connect anew they may come to the other pod.
    """
    pools = 2 if use.reads_from_replicas else 1
    return one_pool(replicas, use) * pools * poolers


def poolers(cluster: DatabaseCluster) -> int:
    """How many times a client's connections may be held at once: by each pod of a pooler, by itself where there is none."""
    return cluster.pooler.instances if cluster.pooler else 1


def pooled(replicas: Replicas, use: DatabaseUse) -> int:
    """The most connections of all pods' pools to one host; without replicas both pools have the same."""
    return connections(replicas, use) if use.read_host == use.write_host else one_pool(replicas, use)


def one_pool(replicas: Replicas, use: DatabaseUse) -> int:
    """The most connections of one pool of each pod, the surge of a rolling update included."""
    return (replicas.max + replicas.surge) * use.pool.max


def max_connections(users: Iterable[tuple[Replicas, DatabaseUse]], poolers: int = 1) -> int:
    """Postgres' max_connections: the sum of all pools and what is reserved, rounded up, never below Postgres' own."""
    needed = defaults.RESERVED.value + sum(connections(replicas, use, poolers) for replicas, use in users)
    return max(defaults.CONNECTIONS.value, ceil(needed / ROUND) * ROUND)


def scale_percent(replicas: Replicas) -> int:
    """CPU use at which an autoscaler adds a pod, in percent of what is requested; where lag is asked for, too: see docs/limits.md."""
    return replicas.cpu_percent or defaults.CPU_PERCENT.value


def broker_memory(heap: int) -> int:
    """A broker's memory: as much again as its heap, for the page cache that records are served from."""
    return 2 * heap


def cache_memory(memory: int) -> int:
    """A cache pod's memory: entries, half as much for copies and fragments, and the program itself."""
    return memory + memory // 2 + 32 * defaults.MI


def shared_buffers(memory: int) -> str:
    """Postgres' shared_buffers: a quarter of its memory."""
    return f"{memory // 4 // defaults.MI}MB"
