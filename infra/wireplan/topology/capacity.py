"""Numbers that follow from others: partitions from instances, connections from pools, memory from heap (M4, PG006)."""

from collections.abc import Iterable, Mapping
from math import ceil

from wireplan.topology import defaults
from wireplan.topology.types import DatabaseUse, Replicas, Service

ROUND = 25
"""max_connections grows in steps, since changing it restarts Postgres."""


def instances(topic: str, services: Mapping[str, Service]) -> int:
    """The most instances of any service that consumes `topic`."""
    return max((s.replicas.max for s in services.values() if topic in s.consumes), default=1)


def partitions(pattern: str, topic: str, services: Mapping[str, Service]) -> int:
    """Partitions of a topic that names none: one, or for point-to-point three for each instance (spec rows M1, M4)."""
    if pattern != "point-to-point":
        return defaults.PARTITIONS.value
    return defaults.PER_INSTANCE.value * instances(topic, services)


def connections(replicas: Replicas, use: DatabaseUse) -> int:
    """The most connections that a service holds to one member.

    All pods, the surge of a rolling update included; a pool for reading beside the one for writing, since after a
    failover both may end at the same member.
    """
    pools = 2 if use.reads_from_replicas else 1
    return (replicas.max + replicas.surge) * use.pool.max * pools


def max_connections(users: Iterable[tuple[Replicas, DatabaseUse]]) -> int:
    """Postgres' max_connections: the sum of all pools and what is reserved, rounded up, never below Postgres' own."""
    needed = defaults.RESERVED.value + sum(connections(replicas, use) for replicas, use in users)
    return max(defaults.CONNECTIONS.value, ceil(needed / ROUND) * ROUND)


def broker_memory(heap: int) -> int:
    """A broker's memory: as much again as its heap, for the page cache that records are served from."""
    return 2 * heap


def cache_memory(memory: int) -> int:
    """A cache pod's memory: entries, half as much for copies and fragments, and the program itself."""
    return memory + memory // 2 + 32 * defaults.MI


def shared_buffers(memory: int) -> str:
    """Postgres' shared_buffers: a quarter of its memory."""
    return f"{memory // 4 // defaults.MI}MB"
