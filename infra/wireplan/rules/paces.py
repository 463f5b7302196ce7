"""How the pace of a consumer group is said: a product whose every number has its origin."""

from wireplan.rules.words import duration, term
from wireplan.topology.drain import Drain, Pace
from wireplan.topology.types import Membership, Topology


def product(topology: Topology, found: Drain, pace: Pace) -> str:
    """`4 pods (line 6), 4 partitions (line 11): 4 at work x concurrency 1 (default) / 100ms (line 8)`; in a share group all pods work."""
    group, end = found.group, "max" if pace.pods == found.most.pods else "min"
    pods = term(topology, several(pace.pods, "pod"), ("services", group.service, "replicas", end))
    at_once = term(topology, f"concurrency {group.concurrency}", (*found.path, "concurrency"))
    each = term(topology, duration(found.handling), found.handling_path)
    if group.membership is Membership.SHARE:
        return f"{pods} x {at_once} / {each}"
    number = found.topic.partitions
    partitions = term(topology, several(number, "partition"), ("topics", found.topic.name, "partitions"))
    return f"{pods}, {partitions}: {pace.working:g} at work x {at_once} / {each}"


def several(number: int, noun: str) -> str:
    """`1 pod`, `2 pods`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
