"""A group that begins at the end of a durable topic.

What: offset_reset: latest on a durable topic.
Why: the setting counts whenever a group has no committed offset: before its first commit, in a partition that was added, after an outage for which the brokers no longer remember it.
What was acknowledged before that moment is never read, and nothing tells anybody.
Fix: offset_reset: earliest. A group that is shown only what is new (a live view) reads a topic that is durable: false, or has a waiver that says so.
Source: confluentinc/librdkafka CONFIGURATION.md (auto.offset.reset, `largest` by default); the same in aiokafka consumer.py; spec row F2.3.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology.types import Consumption, Topology

LATEST = "latest"


@rule("KAF015", Severity.ERROR)
def durable_records_skipped_by_a_new_group(topology: Topology) -> Iterator[Fault]:
    """Groups that begin at the end, of topics whose records must not be lost."""
    for service in topology.services.values():
        for consumption in service.consumes.values():
            topic = topology.topics.get(consumption.topic)
            if topic is not None and topic.durable and consumption.offset_reset == LATEST:
                yield skipped(consumption)


def skipped(consumption: Consumption) -> Fault:
    """The shortest schedule that skips a record."""
    return Fault(
        path=("services", consumption.service, "consumes", consumption.topic, "offset_reset"),
        what=f'group "{consumption.group}" skips what was in "{consumption.topic}" before its first commit',
        why=f'1. A producer sends record 0 to "{consumption.topic}", and brokers acknowledge it. 2. "{consumption.service}" starts for the first time, or a partition is added: there is no '
        "committed offset. 3. latest begins after record 0. No group reads it again.",
        fix="offset_reset: earliest",
        related=((("topics", consumption.topic, "durable"), "its records must not be lost"),),
        becomes="earliest",
    )
