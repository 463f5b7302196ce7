"""Partitions that stand still after every scale-down.

What: a service with an autoscaler has static members, and the session of a member that left lasts longer than its longest record takes.
Why: a static member does not say goodbye, since it may be restarting: its partitions are nobody's until session_timeout is over. When the autoscaler takes a pod away, it never
comes back, and what is in those partitions waits that long, at each scale-down.
Fix: membership: dynamic, where scaling is more frequent than restarts; or a session_timeout that just covers a restart; or a fixed number of pods.
Source: confluentinc/librdkafka INTRODUCTION.md "Static Group Membership"; KIP-345. Corrected here: the list names every static group that scales. A wait that is shorter than one record may take
is nothing that anybody could tell from a slow record, so it is not told (spec rows M4 to M6 ask for both in one service).
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology.types import Consumption, GroupProtocol, Membership, Service, Topology


@rule("KAF009", Severity.WARNING)
def partitions_without_owner_after_scale_down(topology: Topology) -> Iterator[Fault]:
    """Static groups of services that scale; under the newer protocol they are KAF007's."""
    for service in topology.services.values():
        if not service.replicas.autoscaled:
            continue
        for consumption in service.consumes.values():
            if static(consumption) and consumption.session_timeout > consumption.handler_timeout:
                yield nobodys(topology, service, consumption)


def static(consumption: Consumption) -> bool:
    """Whether a member that ends stays in its group."""
    classic = consumption.protocol is GroupProtocol.CLASSIC
    return classic and consumption.membership is Membership.STATIC


def nobodys(topology: Topology, service: Service, consumption: Consumption) -> Fault:
    """What one scale-down leaves behind, and for how long."""
    place = ("services", service.name, "consumes", consumption.topic)
    pods = service.replicas
    partitions = topology.topics[consumption.topic].partitions
    left = -(-partitions // pods.max)
    numbers = term(topology, f"{pods.min} to {pods.max} pods", ("services", service.name, "replicas"))
    share = term(topology, f"{partitions} partitions", ("topics", consumption.topic, "partitions"))
    session = term(
        topology, f"session_timeout {duration(consumption.session_timeout)}", (*place, "session_timeout")
    )
    handler = term(topology, f"handler {duration(consumption.handler_timeout)}", (*place, "handler_timeout"))
    return Fault(
        path=(*place, "session_timeout"),
        what=f'partitions of "{consumption.topic}" stand still for {duration(consumption.session_timeout)} whenever "{service.name}" scales down',
        why=f"1. Of {numbers} the autoscaler takes one away; of {share} it had up to {left}. 2. A static member that ends does not leave the group. 3. Nobody reads these partitions for "
        f"{session}, which is longer than the longest record takes: {handler}.",
        fix="membership: dynamic; or a session_timeout of no more than a restart takes",
        related=(((*place, "membership"), "static membership"),),
    )
