"""A group that is behind for too long after an outage.

What: a topic says a rate, and what its group may miss (rate x outage) takes longer to catch up, at its most pods, than catch_up allows; or, where none is written, longer than the topic
keeps its records (a warning).
Why: a group that is back works off what waits while more comes, so that only capacity - rate is left for it. Until that is done every event is late; an outage that comes back before it is done
finds it further behind each time, until records are deleted that nobody has read.
Fix: a higher concurrency; more pods, with a partition for each; a shorter outage, or a longer catch_up where late is good enough.
Source: arithmetic: backlog = rate x outage, time = backlog / (capacity - rate); D. Yanacek, "Avoiding insurmountable queue backlogs" (Amazon Builders' Library). Not in the first list of rules.
"""

from collections.abc import Iterator
from math import isfinite

from wireplan.findings import Severity
from wireplan.rules import paces
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, rate, span, term
from wireplan.topology import drain
from wireplan.topology.drain import DELETE, Drain
from wireplan.topology.types import Path, Topology


@rule("KAF021", Severity.ERROR)
def group_that_catches_up_too_late(topology: Topology) -> Iterator[Fault]:
    """Groups that keep up, by the time after their longest outage."""
    for found in drain.declared(topology):
        if (
            found.ends
            and found.keeps_up
            and found.topic.cleanup == DELETE
            and found.most.catch_up > found.limit
        ):
            yield late(topology, found, found.rate or 0.0)


def late(topology: Topology, found: Drain, comes: float) -> Fault:
    """The sum, and what would do."""
    group, promised = found.group, found.group.catch_up is not None
    allowed: Path = (*found.path, "catch_up") if promised else ("topics", found.topic.name, "retention")
    sure = promised and group.handler_mean is not None
    limit = term(topology, f"{'catch_up' if promised else 'retention'} {duration(found.limit)}", allowed)
    after = (
        f"{limit} is shorter"
        if promised
        else f"{limit}: with such an outage once in {span(group.outage + found.limit)} the backlog grows from one to the next"
    )
    return Fault(
        path=(*found.path, "catch_up"),
        what=f'group "{group.group}" has caught up with "{found.topic.name}" {span(found.most.catch_up)} after an outage of {duration(group.outage)}',
        why=f"{backlog(topology, found, comes)} {left(topology, found, comes)} {after}.",
        fix=fix(found),
        related=(
            ((*found.path, "outage"), "the time away"),
            (("topics", found.topic.name, "rate"), "what comes"),
        ),
        severity=None if sure else Severity.WARNING,
    )


def backlog(topology: Topology, found: Drain, comes: float) -> str:
    """What waits when the group is back."""
    coming = term(topology, rate(comes), ("topics", found.topic.name, "rate"))
    away = term(topology, f"outage {duration(found.group.outage)}", (*found.path, "outage"))
    return f"{coming} x {away} = {found.backlog:.0f} records wait."


def left(topology: Topology, found: Drain, comes: float) -> str:
    """What is left for them, and the time it takes."""
    spare = rate(found.most.capacity - comes)
    return f"{paces.product(topology, found, found.most)} - {rate(comes)} that still come = {spare} for them: {span(found.most.catch_up)}."


def fix(found: Drain) -> str:
    """What would catch up in time."""
    if not found.limit or not isfinite(found.limit):
        return "a longer catch_up"
    pods, more = drain.needed(found, found.enough)
    longer = (
        f"catch_up: {span(found.most.catch_up)} where late is good enough"
        if found.group.catch_up is not None
        else "a shorter outage"
    )
    return f"concurrency: {more}, or up to {pods} pods and as many partitions; or {longer}"
