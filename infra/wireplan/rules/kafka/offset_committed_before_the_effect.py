"""A group that says "done" before it is.

What: commit: before-effect on a durable topic.
Why: the offset of a record is committed, then its effect begins. A pod that is killed in between leaves a record that nobody will ever read again:
it was acknowledged to its producer, kept on three disks, and lost by its reader.
Fix: leave commit out; the offset is then stored after the effect, and the inbox makes a second delivery harmless. Where records may be lost, say
durable: false of the topic.
Source: confluentinc/librdkafka INTRODUCTION.md "At-least-once processing"; ag2ai/faststream docs confluent/ack.md (ACK_FIRST); spec row F2.3.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology.types import Consumption, Topology

BEFORE = "before-effect"


@rule("KAF006", Severity.ERROR)
def offset_committed_before_the_effect(topology: Topology) -> Iterator[Fault]:
    """Groups that commit first, of topics whose records must not be lost."""
    for service in topology.services.values():
        for consumption in service.consumes.values():
            topic = topology.topics.get(consumption.topic)
            if topic is not None and topic.durable and consumption.commit == BEFORE:
                yield lost(topology, consumption)


def lost(topology: Topology, consumption: Consumption) -> Fault:
    """The shortest schedule that loses a record."""
    place = ("services", consumption.service, "consumes", consumption.topic)
    handler = term(topology, f"up to {duration(consumption.handler_timeout)}", (*place, "handler_timeout"))
    return Fault(
        path=(*place, "commit"),
        what=f'group "{consumption.group}" loses what it has in hand when a pod dies',
        why=f'1. A pod reads record 7 of "{consumption.topic}" and commits offset 8. 2. Its handler begins, and needs {handler}. 3. The pod is killed. '
        "4. The next pod of the group begins at 8: record 7 has had no effect, and never will.",
        fix="commit: after-effect",
        related=((("topics", consumption.topic, "durable"), "its records must not be lost"),),
        becomes="after-effect",
    )
