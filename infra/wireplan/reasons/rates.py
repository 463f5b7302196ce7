"""Whether a group keeps up with what comes, and when it has caught up: the sums of `wireplan prove`, as facts of the way to its service."""

from collections.abc import Iterator
from math import isinf

from wireplan.reasons.facts import Fact
from wireplan.rules.words import duration, rate, span, term
from wireplan.topology import drain
from wireplan.topology.drain import DELETE, Drain
from wireplan.topology.types import Consumption, Topology


def of_group(topology: Topology, group: Consumption) -> Iterator[Fact]:
    """What it can do against what comes; after its longest outage, too, where both are known."""
    found = drain.drain(topology.topics[group.topic], topology.services[group.service].replicas, group)
    yield Fact("pace", pace(topology, found), found.path, ("KAF020",))
    if found.rate is not None and found.keeps_up:
        yield Fact(
            "catches up", caught_up(topology, found, found.rate), (*found.path, "catch_up"), ("KAF021",)
        )


def pace(topology: Topology, found: Drain) -> str:
    """Pods at work x concurrency / time, and the verdict."""
    group, most = found.group, found.most
    at_once = term(topology, f"concurrency {group.concurrency}", (*found.path, "concurrency"))
    each = term(topology, f"{duration(found.handling)} a record", found.handling_path)
    able = f"{most.working:g} pods at work x {at_once} / {each} = {rate(most.capacity)} at most"
    if found.rate is None:
        return f"{able}; {found.topic.name} says no rate"
    comes = term(topology, f"{rate(found.rate)} come", ("topics", found.topic.name, "rate"))
    if found.keeps_up:
        return f"{able}, and {comes}: it drains them"
    lost = "" if isinf(most.lost) else f", and records are deleted unread after {span(most.lost)}"
    return f"{able}, and {comes}: it falls behind{lost}"


def caught_up(topology: Topology, found: Drain, comes: float) -> str:
    """Backlog / what is left of the pace, against what is allowed."""
    group, spare = found.group, found.most.capacity - comes
    away = term(topology, f"{duration(group.outage)} away", (*found.path, "outage"))
    after = f"{span(found.most.catch_up)} after {away}: {found.backlog:.0f} records wait, and {rate(spare)} are left for them"
    if found.topic.cleanup != DELETE:
        return f"{after}; a compacted topic holds less"
    limit = (
        f"its catch_up of {duration(found.limit)}"
        if group.catch_up is not None
        else f"the {duration(found.limit)} that {found.topic.name} keeps them"
    )
    return f"{after}; {'longer than' if found.most.catch_up > found.limit else 'within'} {limit}"
