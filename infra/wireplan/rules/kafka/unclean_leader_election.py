"""A replica that lacks acknowledged records may lead.

What: kafka.unclean_leader_election is true, there are several brokers, and there are durable topics.
Why: Wireplan writes unclean.leader.election.enable=false at every topic of the file, but what Kafka makes itself follows the brokers: `__consumer_offsets`, `__transaction_state`,
`__share_group_state`, and topics that nobody declared. A replica that was behind and becomes leader cuts off what the others had acknowledged.
Fix: leave unclean_leader_election out; a partition that has lost all in-sync replicas waits for one of them.
Source: apache/kafka docs/operations/eligible-leader-replicas.md; KIP-966; spec row F2.5. Corrected here: the brokers' own min.insync.replicas cannot be altered by a topology, and is not used
under KIP-966 (each topic says its own).
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import listed
from wireplan.topology.types import TopicRole, Topology

SHOWN = 3  # groups that a finding names
REPLICATED = 2  # brokers from which on anything has another replica


@rule("KAF018", Severity.ERROR, dev=Severity.WARNING)
def unclean_leader_election(topology: Topology) -> Iterator[Fault]:
    """The brokers' setting, where any record must survive."""
    kafka = topology.kafka
    if kafka is None or not kafka.unclean_leader_election or kafka.brokers < REPLICATED:
        return
    durable = {t.name for t in topology.topics.values() if t.durable and t.role is TopicRole.MAIN}
    groups = [
        group.group
        for s in topology.services.values()
        for group in s.consumes.values()
        if group.topic in durable
    ]
    if durable:
        yield cut_off(list(dict.fromkeys(groups)))


def cut_off(groups: list[str]) -> Fault:
    """The shortest schedule that loses what was acknowledged."""
    whose = (
        f"of {listed(groups[:SHOWN])}{' and others' if len(groups) > SHOWN else ''}"
        if groups
        else "of any group"
    )
    return Fault(
        path=("kafka", "unclean_leader_election"),
        what="brokers may make a replica the leader that lacks acknowledged records",
        why=f"1. A replica of __consumer_offsets falls behind. 2. Commits {whose} are acknowledged by those in sync. 3. These are lost. 4. The one that was behind may lead, and does: "
        "the commits are cut off, and when the others return they follow it. The groups read again what they had done, or, where all commits are gone, begin anew.",
        fix="unclean_leader_election: false",
        becomes="false",
    )
