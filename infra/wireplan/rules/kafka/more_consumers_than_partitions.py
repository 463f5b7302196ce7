"""A point-to-point topic with fewer partitions than the pods that share its work, or with an unequal share.

What: partitions of a point-to-point topic are fewer than the most pods a consuming service may have, or not a multiple of it.
Why: within a group one partition has one member. Pods beyond the partitions get nothing, so scaling out stops helping exactly when it is needed;
with a remainder some pods carry one partition more than others. Partitions of a keyed topic cannot be changed later without moving keys.
Fix: partitions: 3 x the most pods (what Wireplan derives when you write nothing), or fewer pods.
Source: kafka.apache.org design, consumer groups; spec row M4. Corrected here: a publish-subscribe topic is left alone, since row M1 wants one
partition there and the further pods are standbys by intent. So is a share group (KIP-932): its records are given out one by one, not by partition.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology import index
from wireplan.topology.types import Membership, Pattern, Service, Topic, TopicRole, Topology

HEADROOM = 3  # spec row M4


@rule("KAF010", Severity.ERROR)
def more_consumers_than_partitions(topology: Topology) -> Iterator[Fault]:
    """Point-to-point topics whose work does not divide among the pods."""
    consumers = index.consumers(topology)
    for topic in topology.topics.values():
        if topic.role is not TopicRole.MAIN or topic.pattern is not Pattern.POINT_TO_POINT:
            continue
        for consumption in consumers.get(topic.name, ()):
            if consumption.membership is Membership.SHARE:
                continue
            service = topology.services[consumption.service]
            if service.replicas.max > topic.partitions:
                yield idle(topology, topic, service)
            elif topic.partitions % service.replicas.max:
                yield unequal(topology, topic, service)


def idle(topology: Topology, topic: Topic, service: Service) -> Fault:
    """Pods that get no partition."""
    pods = service.replicas.max
    return Fault(
        path=("topics", topic.name, "partitions"),
        what=f'{pods - topic.partitions} of {pods} pods of "{service.name}" get nothing of topic "{topic.name}"',
        why=f"{sizes(topology, topic, service)}: one partition has one member of a group, so {pods} - {topic.partitions} = "
        f"{pods - topic.partitions} pods idle.",
        fix=f"partitions: {HEADROOM * pods}",
        related=((("services", service.name, "replicas"), "the pods that share the work"),),
        becomes=str(HEADROOM * pods),
    )


def unequal(topology: Topology, topic: Topic, service: Service) -> Fault:
    """Some pods carry one partition more."""
    pods, partitions = service.replicas.max, topic.partitions
    more = partitions % pods
    return Fault(
        path=("topics", topic.name, "partitions"),
        what=f'pods of "{service.name}" share topic "{topic.name}" unequally',
        why=f"{sizes(topology, topic, service)}: {more} of {pods} pods carry {partitions // pods + 1} partitions, "
        f"the others {partitions // pods}, so the slowest decide how long the topic takes.",
        fix=f"partitions: {HEADROOM * pods}",
        related=((("services", service.name, "replicas"), "the pods that share the work"),),
        becomes=str(HEADROOM * pods),
        severity=Severity.WARNING,
    )


def sizes(topology: Topology, topic: Topic, service: Service) -> str:
    """Both numbers with their origins."""
    pods = term(topology, f"up to {service.replicas.max} pods", ("services", service.name, "replicas"))
    return f"{pods} share {term(topology, f'{topic.partitions} partitions', ('topics', topic.name, 'partitions'))}"
