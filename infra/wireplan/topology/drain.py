"""Whether a consumer group keeps up with its topic, and when it has caught up after its longest outage: arithmetic, no measurement.

A pod handles `concurrency` records at a time, each for the handler's mean, so that its pace is concurrency / mean. Within a group one partition
has one pod; the pod that holds most partitions sets the pace of all, so that of P partitions among N pods P / ceil(P / N) pods' worth of work is done.
In a share group records are given out one by one, and all pods work. Records are taken to be spread evenly over partitions: a key
that many records share makes it slower, and no file says how many do. Nor does one say how many records fail and come again.
"""

from collections.abc import Iterator
from math import ceil, inf

from wireplan.records import dataclass
from wireplan.topology.types import Consumption, Membership, Path, Replicas, Topic, Topology

DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Pace:
    """What a group does with some number of pods. Rates per second, times in seconds; `inf` where something never happens.

    `working` is how many pods' worth of work is done; `catch_up` the time from the end of the longest outage until nothing waits;
    `lost` the time from an empty backlog until the first record is deleted unread.
    """

    pods: int
    working: float
    capacity: float
    catch_up: float
    lost: float


@dataclass(frozen=True, slots=True)
class Drain:
    """A group and its topic: what comes (None where the topic says no rate), how long a record takes, and the pace at the fewest and the most pods.

    `backlog` are the records that wait when the longest outage ends; `limit` the time in which they should be handled.
    """

    group: Consumption
    topic: Topic
    replicas: Replicas
    rate: float | None
    handling: float
    backlog: float
    limit: float
    fewest: Pace
    most: Pace

    @property
    def path(self) -> Path:
        """Where the group is in the topology."""
        return ("services", self.group.service, "consumes", self.group.topic)

    @property
    def handling_path(self) -> Path:
        """Where the time of a record is written: the mean, or without one the longest."""
        return (*self.path, "handler_timeout" if self.group.handler_mean is None else "handler_mean")

    @property
    def ends(self) -> bool:
        """Whether an average record is handled before its handler is ended (else KAF020 says so)."""
        return self.handling <= self.group.handler_timeout

    @property
    def enough(self) -> float:
        """The capacity that keeps up and, after the longest outage, has caught up within the limit."""
        rate = self.rate or 0.0
        return rate * (1 + self.group.outage / self.limit) if self.limit else rate

    @property
    def keeps_up(self) -> bool:
        """Whether it handles more than comes, at its most pods; so, too, where nobody says what comes."""
        return self.rate is None or self.most.capacity > self.rate


def drains(topology: Topology) -> Iterator[Drain]:
    """Every group on every topic, in the order of the file."""
    for service in topology.services.values():
        for group in service.consumes.values():
            yield drain(topology.topics[group.topic], service.replicas, group)


def declared(topology: Topology) -> Iterator[Drain]:
    """The groups of topics that say what comes."""
    for service in topology.services.values():
        for group in service.consumes.values():
            topic = topology.topics[group.topic]
            if topic.rate is not None:
                yield drain(topic, service.replicas, group)


def drain(topic: Topic, replicas: Replicas, group: Consumption) -> Drain:
    """One group on one topic. Without a mean every record is taken to need what it may need at most."""
    handling = group.handler_timeout if group.handler_mean is None else group.handler_mean
    fewest = pace(topic, group, replicas.min, handling)
    return Drain(
        group=group,
        topic=topic,
        replicas=replicas,
        rate=topic.rate,
        handling=handling,
        backlog=(topic.rate or 0.0) * group.outage,
        limit=topic.retention if group.catch_up is None else group.catch_up,
        fewest=fewest,
        most=pace(topic, group, replicas.max, handling) if replicas.autoscaled else fewest,
    )


def pace(topic: Topic, group: Consumption, pods: int, handling: float) -> Pace:
    """What a group does with so many pods."""
    working = at_work(topic, group, pods)
    capacity = working * group.concurrency / handling if handling > 0 else inf
    rate = topic.rate or 0.0
    behind = rate - capacity
    return Pace(
        pods=pods,
        working=working,
        capacity=capacity,
        catch_up=inf if behind >= 0 and rate > 0 else rate * group.outage / -behind,
        lost=topic.retention * rate / behind if behind > 0 and topic.cleanup == DELETE else inf,
    )


def at_work(topic: Topic, group: Consumption, pods: int) -> float:
    """How many pods' worth of work is done by so many: the one with most partitions is the slowest."""
    if group.membership is Membership.SHARE:
        return float(pods)
    return topic.partitions / ceil(topic.partitions / pods)


def needed(found: Drain, capacity: float) -> tuple[int, int]:
    """What would do: pods (each with a partition of its own) at this concurrency, or the concurrency at these pods."""
    busy = capacity * found.handling
    return ceil(busy / found.group.concurrency), ceil(busy / found.most.working)
