"""A static member under the protocol whose broker refuses the returning pod.

What: membership is static and protocol is consumer.
Why: under group.protocol=consumer a member that joins with a group.instance.id still in use is refused with UNRELEASED_INSTANCE_ID, which is
fatal. A pod that was killed comes back with its old name before its session has ended, so it runs, looks ready, and consumes nothing. The classic
protocol fences the old member instead.
Fix: protocol: classic for static members, or membership: dynamic with the consumer protocol.
Source: confluentinc/librdkafka INTRODUCTION.md "Static Group Membership"; KIP-848; seen in PostHog/posthog PR 65809; spec row M6.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology.types import Consumption, GroupProtocol, Membership, Topology


@rule("KAF007", Severity.ERROR)
def static_member_with_consumer_protocol(topology: Topology) -> Iterator[Fault]:
    """Consumer groups that are static and speak the newer protocol."""
    for service in topology.services.values():
        for consumption in service.consumes.values():
            static = consumption.membership is Membership.STATIC
            if static and consumption.protocol is GroupProtocol.CONSUMER:
                yield refused(topology, consumption)


def refused(topology: Topology, consumption: Consumption) -> Fault:
    """The twin of a killed pod is refused while its session lasts."""
    place = ("services", consumption.service, "consumes", consumption.topic)
    session = term(
        topology, f"session_timeout {duration(consumption.session_timeout)}", (*place, "session_timeout")
    )
    return Fault(
        path=(*place, "protocol"),
        what=f'group "{consumption.group}" refuses a pod that comes back after it was killed',
        why=f"1. A pod is killed; the broker keeps its group.instance.id for {session}. 2. Its StatefulSet starts it again under the same "
        "name. 3. protocol consumer answers UNRELEASED_INSTANCE_ID, which is fatal; its partitions stand still.",
        fix="protocol: classic",
        related=(((*place, "membership"), "static membership"),),
        becomes=GroupProtocol.CLASSIC.value,
    )
