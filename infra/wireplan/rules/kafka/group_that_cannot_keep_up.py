"""A group that handles fewer records than come, even with all its pods.

What: a topic says a rate, and the pods that can work on it at once x concurrency / the handler's mean are no more than that (a warning where no mean is
written, and each record is taken to need what it may need at most); or a handler's mean is longer than its timeout.
Why: what comes and is not handled waits. The backlog grows as long as the topic is published to; when its oldest record is older than the topic's retention, records are deleted that
nobody has read. A handler that needs longer than its timeout on average is ended before it is done, again and again.
Fix: a higher concurrency; more pods, with a partition for each; or a handler that takes less time.
Source: kafka.apache.org design, consumer groups (one partition, one member); Little's law (records in hand = rate x time for each). Not in the first list of rules.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules import paces
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, rate, span, term
from wireplan.topology import drain
from wireplan.topology.drain import DELETE, Drain
from wireplan.topology.types import Consumption, Path, Topology


@rule("KAF020", Severity.ERROR)
def group_that_cannot_keep_up(topology: Topology) -> Iterator[Fault]:
    """Each group at its most pods against what its topic says."""
    for service in topology.services.values():
        for group in service.consumes.values():
            if group.handler_mean is not None and group.handler_mean > group.handler_timeout:
                yield ended(topology, group, group.handler_mean)
    for found in drain.declared(topology):
        if not found.keeps_up and found.topic.cleanup == DELETE and found.ends:
            yield behind(topology, found, found.rate or 0.0)


def ended(topology: Topology, group: Consumption, needs: float) -> Fault:
    """Handlers that are ended before they are done."""
    base: Path = ("services", group.service, "consumes", group.topic)
    mean, timeout = (*base, "handler_mean"), (*base, "handler_timeout")
    return Fault(
        path=mean,
        what=f'group "{group.group}" ends its handler of "{group.topic}" before an average record is done',
        why=f"{term(topology, f'mean {duration(needs)}', mean)} is longer than {term(topology, f'timeout {duration(group.handler_timeout)}', timeout)}: such a record is "
        f"handled {group.attempts} times, never to its end, and is a dead letter then.",
        fix=f"handler: {{mean: {duration(needs)}, timeout: ...}}, several times as long",
        related=((timeout, "the longest time"),),
    )


def behind(topology: Topology, found: Drain, comes: float) -> Fault:
    """The sum, and how it ends."""
    known = found.group.handler_mean is not None
    pods, more = drain.needed(found, found.enough)
    return Fault(
        path=(*found.path, "handler_mean"),
        what=f'group "{found.group.group}" cannot keep up with "{found.topic.name}"',
        why=f"{paces.product(topology, found, found.most)} = {rate(found.most.capacity)}, and {rate(comes)} come.{'' if known else ' (No mean is written, so each record is taken to need the longest time.)'}",
        fix=f"concurrency: {more}, or up to {pods} pods and as many partitions{'' if known else ', or the mean: handler: {mean: ...}'}; so that it also catches up",
        related=(
            (("topics", found.topic.name, "rate"), "what comes"),
            ((*found.path, "concurrency"), "at once in a pod"),
        ),
        severity=None if known else Severity.WARNING,
        steps=tuple(steps(found, comes)),
    )


def steps(found: Drain, comes: float) -> Iterator[tuple[Path, str]]:
    """How the first record is lost."""
    lacking = comes - found.most.capacity
    yield ("topics", found.topic.name, "rate"), f'{rate(comes)} are published to "{found.topic.name}".'
    handled = f'The {found.most.pods} pods that "{found.group.service}" has at most handle {rate(found.most.capacity)}'
    if lacking > 0:
        yield found.path, f"{handled}: the backlog grows by {rate(lacking)}."
        kept = duration(found.topic.retention)
        words = f"After {span(found.most.lost)} the oldest that waits is {kept} old, and is deleted unread; from then on, so are {rate(lacking)}."
        yield ("topics", found.topic.name, "retention"), words
    else:
        yield found.path, f"{handled}, and nothing is left for a backlog."
        yield (*found.path, "outage"), "After the first pause, however short, what waits then waits for ever."
