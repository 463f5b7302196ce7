"""Events that cause each other in a circle.

What: a service consumes a topic that its own publications lead back to, by way of other services or at once, and no saga ends it.
Why: one record may become the next for ever: each turn is a success, so no retry limit, deadline or dead-letter topic stops it. Where a turn makes two records of one, the topics fill until the
brokers' disks are full.
Fix: cut the circle; or describe it as a saga of the service that begins it: its steps (`await`) say when an answer ends the work. Where the code ends it otherwise (a hop limit, a state that is
never left), a waiver says how.
Source: the topology as a graph; enterpriseintegrationpatterns.com, process manager. Corrected here: an answer that a saga waits for ends in the saga, so that a request and its answer over two topics are no
circle; nor is what a saga tells its own owner, which has as many steps as it has.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import whence
from wireplan.topology import events
from wireplan.topology.events import Hop
from wireplan.topology.types import Path, Topology


@rule("MSG006", Severity.WARNING)
def events_that_go_round(topology: Topology) -> Iterator[Fault]:
    """The shortest circle of each set of services whose events come back to them."""
    for circle in events.circles(topology):
        yield endless(topology, circle)


def endless(topology: Topology, circle: tuple[Hop, ...]) -> Fault:
    """The circle, each hop with its lines."""
    steps = ", ".join(
        f'"{hop.service}" consumes {hop.consumed} ({whence(topology, consumed(hop))}) and publishes {hop.published} ({whence(topology, published(hop))})'
        for hop in circle
    )
    last = circle[-1]
    way = " -> ".join([*(hop.consumed for hop in circle), last.published])
    return Fault(
        path=published(last),
        what=f"events go round: {way}",
        why=f"{steps}. Nothing in the file ends it: each turn that succeeds begins the next.",
        fix="cut the circle, or make it a saga with an await; a waiver, if the code ends it",
        related=tuple((consumed(hop), f"{hop.service} reads it") for hop in circle),
    )


def consumed(hop: Hop) -> Path:
    """Where a hop begins."""
    return ("services", hop.service, "consumes", hop.consumed)


def published(hop: Hop) -> Path:
    """Where a hop ends."""
    return ("services", hop.service, "publishes", hop.published)
