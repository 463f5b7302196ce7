"""Work that compaction takes away before it is done.

What: cleanup: compact on a durable point-to-point topic whose records have keys.
Why: compaction keeps the last record of each key, and nobody who reads later learns of the others. That is right for a topic that says how things are; in one that says what is to be done, each record is a
piece of work. While its group is away, or behind, the cleaner removes every piece but the last of a key: acknowledged, and never handled, with no error anywhere.
Fix: leave cleanup out: delete, after the topic's retention; or pattern: publish-subscribe, where only the last word about a key counts.
Source: kafka.apache.org documentation, Design, Log Compaction (only a reader that stays within the head sees every record; min.compaction.lag.ms is 0 unless set, and Wireplan does not set it). Not in the first list of rules.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, listed, term
from wireplan.topology import index
from wireplan.topology.types import Consumption, Pattern, Topic, Topology

COMPACT = "compact"


@rule("KAF022", Severity.ERROR)
def work_that_is_compacted_away(topology: Topology) -> Iterator[Fault]:
    """Topics of work, and how they are cleaned up."""
    readers = None
    for topic in topology.topics.values():
        if topic.cleanup == COMPACT and topic.durable and topic.key and work(topic):
            readers = index.consumers(topology) if readers is None else readers
            if topic.name in readers:
                yield gone(topology, topic, readers[topic.name][0])


def work(topic: Topic) -> bool:
    """Whether each record is a piece of work that one of the readers does."""
    return not topic.aside and topic.pattern is Pattern.POINT_TO_POINT


def gone(topology: Topology, topic: Topic, group: Consumption) -> Fault:
    """The shortest schedule that loses a record."""
    path = ("topics", topic.name, "cleanup")
    away = ("services", group.service, "consumes", topic.name, "outage")
    said = term(topology, f"It may be away for {duration(group.outage)}", away)
    return Fault(
        path=path,
        what=f'work in topic "{topic.name}" is removed before it is done',
        why=f'1. Records 0 and 1 of one {topic.key} are acknowledged. 2. Group "{group.group}" has handled neither: it is away, or behind. {said}. '
        f"3. The cleaner keeps the last record of each {topic.key}: record 0 is gone. Nobody handles it, and nobody is told.",
        fix="leave cleanup out: delete; or pattern: publish-subscribe, if only the last record of a key counts",
        related=(
            (
                ("topics", topic.name, "durable"),
                f"its records must not be lost: they are work of {listed([group.service])}",
            ),
        ),
        becomes="delete",
    )
