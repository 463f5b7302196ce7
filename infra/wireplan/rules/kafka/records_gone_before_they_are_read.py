"""Records that are deleted before their reader is back.

What: a durable topic keeps records for less time than a group of it may be away (`outage`, three days unless said); or a retry topic for less than its wait and the outage.
Why: retention counts from the record, not from its reader. What is older goes, read or not: the group comes back, finds its offset out of range, and goes on with what is left.
Fix: leave retention out, it is then at least the longest outage; or write a shorter outage where somebody is called at night.
Source: kafka.apache.org documentation of retention.ms and offsets.retention.minutes. Corrected here: the brokers' memory of offsets follows from the longest outage, so that only retention can be too short.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology import index
from wireplan.topology.types import Consumption, Path, RetryStep, Topic, TopicRole, Topology

DELETE = "delete"


@rule("KAF016", Severity.ERROR)
def records_gone_before_they_are_read(topology: Topology) -> Iterator[Fault]:
    """Each durable topic against the group that may be away longest, then the retry topics of each group."""
    consumers = index.consumers(topology)
    for topic in topology.topics.values():
        groups = consumers.get(topic.name, ())
        if topic.role is not TopicRole.MAIN or not topic.durable or not groups:
            continue
        longest = max(groups, key=lambda group: group.outage)
        if topic.cleanup == DELETE and topic.retention < longest.outage:
            yield gone(topology, topic, longest)
        else:
            yield from of_retries(topology, groups)


def gone(topology: Topology, topic: Topic, group: Consumption) -> Fault:
    """The group comes back too late."""
    path = ("topics", topic.name, "retention")
    place: Path = ("services", group.service, "consumes", topic.name, "outage")
    kept = term(topology, f"retention {duration(topic.retention)}", path)
    away = term(topology, f"outage {duration(group.outage)}", place)
    return Fault(
        path=path,
        what=f'records of durable topic "{topic.name}" go before group "{group.group}" is back',
        why=f'1. "{group.service}" fails; a record is sent the moment after. 2. After {kept} Kafka deletes it. 3. "{group.service}" may be away longer: {away}. It comes back '
        f"{duration(group.outage - topic.retention)} too late.",
        fix=f"retention: {duration(group.outage)}, or a shorter outage of the group",
        related=((place, "the time away"),),
        becomes=duration(group.outage),
    )


def of_retries(topology: Topology, groups: tuple[Consumption, ...]) -> Iterator[Fault]:
    """A record must be there when its wait is over, also when nobody is at that moment."""
    for group in groups:
        for number, step in enumerate(group.retries):
            topic = topology.topics[step.topic]
            if topic.retention < step.delay + group.outage:
                yield forgotten(topology, topic, group, (number, step))


def forgotten(topology: Topology, topic: Topic, group: Consumption, step: tuple[int, RetryStep]) -> Fault:
    """The retry topic is cleaned while the record waits."""
    place: Path = ("services", group.service, "consumes", group.topic)
    path = ("topics", topic.name, "retention")
    needed = step[1].delay + group.outage
    wait = term(topology, f"wait {duration(step[1].delay)}", (*place, "retries", step[0], "delay"))
    away = term(topology, f"outage {duration(group.outage)}", (*place, "outage"))
    kept = term(topology, f"retention {duration(topic.retention)}", path)
    return Fault(
        path=path,
        what=f'records of "{topic.name}" go before group "{group.group}" tries them again',
        why=f"{wait} + {away} = {duration(needed)}, {kept}: a record whose next attempt falls into an outage is deleted, and is in no dead-letter topic.",
        fix=f"retention: {duration(needed)}, or leave it out",
        becomes=duration(needed),
    )
