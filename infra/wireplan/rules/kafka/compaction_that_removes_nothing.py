"""A compacted topic from which nothing is ever removed.

What: cleanup: compact on a topic without a key that services publish to.
Why: a record of a topic without a key is published under the id of its event, which no other record has. Compaction keeps the last record of each key, so it keeps all of them; and what is compacted has no
retention. The topic grows until the disks of its brokers are full, and a broker with a full disk stops, with all topics that it has.
Fix: a key, the field by which a later record replaces an earlier one; or leave cleanup out: delete, after the topic's retention.
Source: kafka.apache.org documentation, Design, Log Compaction, and cleanup.policy (retention counts for delete only); apache/kafka KAFKA-4808 (brokers refuse records without a key there: their producers then try forever, or give up);
smallrye/smallrye-reactive-messaging#2270. Rendered services always send a key, so here it grows instead. Not in the first list of rules.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import listed, rate, size, term
from wireplan.topology import index
from wireplan.topology.types import Publication, Topic, Topology

COMPACT = "compact"


@rule("KAF023", Severity.ERROR, dev=Severity.WARNING)
def compaction_that_removes_nothing(topology: Topology) -> Iterator[Fault]:
    """Compacted topics without keys, and who publishes there."""
    writers = None
    for topic in topology.topics.values():
        if topic.cleanup == COMPACT and topic.key is None and not topic.aside:
            writers = index.producers(topology) if writers is None else writers
            if topic.name in writers:
                yield growing(topology, topic, [each for each in writers[topic.name] if each.key is None])


def growing(topology: Topology, topic: Topic, writers: list[Publication]) -> Fault:
    """Why it grows, and until when."""
    path = ("topics", topic.name, "cleanup")
    names = listed(f'"{each.service}"' for each in writers)
    comes = (
        f" {term(topology, f'At {rate(topic.rate)}', ('topics', topic.name, 'rate'))} that are {round(topic.rate * 86_400)} more each day."
        if topic.rate
        else ""
    )
    disk = (
        f", {term(topology, f'{size(topology.kafka.volume.size)} each', ('kafka', 'volume', 'size'))},"
        if topology.kafka
        else ""
    )
    return Fault(
        path=path,
        what=f'nothing is ever removed from topic "{topic.name}"',
        why=f"1. It has no key, so {names} publishes each record under the id of its event. 2. {term(topology, 'compact', path)} keeps the last record of each key: all of them, and no retention ends them.{comes} "
        f"3. The brokers' disks{disk} fill, and with them every topic stops.",
        fix="a key: the field by which a later record replaces an earlier one; or leave cleanup out: delete",
    )
