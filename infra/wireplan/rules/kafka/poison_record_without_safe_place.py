"""A record that cannot be handled, and no place for it that keeps it.

What: a consumer group has no dead-letter topic; or its dead-letter topic has fewer copies, a smaller min_insync_replicas or less than twice the
retention of its source.
Why: without one, a record that always fails blocks its partition, or is skipped and lost. A dead-letter topic that forgets sooner or keeps fewer copies
than its source loses precisely the records that a person still has to look at.
Fix: leave dead_letter out; Wireplan then makes a topic with the source's copies and at least twice its retention.
Source: KIP-1191, motivation; twice the retention: as long to notice as the source allows, and as long again to mend and replay; spec row F2.2. Corrected here: a
group that feeds its own dead letters to itself cannot be written, since each group's dead-letter topic has a name of its own.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term, written
from wireplan.topology.types import Consumption, Path, Topic, TopicRole, Topology

RETENTION_FACTOR = 2  # the source's retention to notice, the same again to mend and replay


@rule("KAF012", Severity.ERROR)
def poison_record_without_safe_place(topology: Topology) -> Iterator[Fault]:
    """Each consumer group and where its dead letters go."""
    for service in topology.services.values():
        for consumption in service.consumes.values():
            source = topology.topics.get(consumption.topic)
            if consumption.dead_letter is None:
                if source is None or source.role is TopicRole.MAIN:
                    yield nowhere(consumption)
            elif source is not None and consumption.dead_letter in topology.topics:
                yield from weaker(topology, consumption, source, topology.topics[consumption.dead_letter])


def nowhere(consumption: Consumption) -> Fault:
    """No dead-letter topic at all."""
    return Fault(
        path=(*place(consumption), "dead_letter"),
        what=f'group "{consumption.group}" has no dead-letter topic for "{consumption.topic}"',
        why=f"A record that fails {consumption.attempts} attempts has nowhere to go: it blocks its partition, or is committed and lost.",
        fix="remove dead_letter: false",
        becomes="true",
    )


def weaker(topology: Topology, consumption: Consumption, source: Topic, letters: Topic) -> Iterator[Fault]:
    """The dead-letter topic against its source, field by field."""
    for name in ("replication_factor", "min_insync_replicas"):
        have, need = getattr(letters, name), getattr(source, name)
        if have < need:
            yield fault(topology, consumption, (source, letters), name, (str(have), str(need)))
    if letters.retention < RETENTION_FACTOR * source.retention:
        needed = duration(RETENTION_FACTOR * source.retention)
        yield fault(
            topology, consumption, (source, letters), "retention", (duration(letters.retention), needed)
        )


def fault(
    topology: Topology,
    consumption: Consumption,
    topics: tuple[Topic, Topic],
    field: str,
    words: tuple[str, str],
) -> Fault:
    """One field of the dead-letter topic that is below its source's."""
    source, letters = topics
    have, need = words
    factor = f"{RETENTION_FACTOR} x " if field == "retention" else ""
    value = duration(source.retention) if field == "retention" else need
    origin = term(topology, f'{field} of "{source.name}" is {value}', ("topics", source.name, field))
    return Fault(
        path=field_path(topology, consumption, letters, field),
        what=f'dead letters of group "{consumption.group}" are kept less safely than the records they were: {field} {have}',
        why=f"{origin}, so {letters.name} needs {factor}{value} = {need}, and has {have}."
        if factor
        else f"{origin}, "
        f"{letters.name} has {have}: the failure that the source survives loses its dead letters.",
        fix=f"{field}: {need}",
        related=((("topics", source.name, field), "the source"),),
        becomes=need,
    )


def field_path(topology: Topology, consumption: Consumption, letters: Topic, field: str) -> Path:
    """Where the field of the dead-letter topic is written: at the topic, else at the group that owns it."""
    own = ("topics", letters.name, field)
    return own if written(topology, own) else (*place(consumption), "dead_letter")


def place(consumption: Consumption) -> tuple[str, str, str, str]:
    """Where the group is written."""
    return ("services", consumption.service, "consumes", consumption.topic)
