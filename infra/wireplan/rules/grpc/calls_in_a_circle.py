"""Services that wait for themselves: calls in a circle.

What: a service calls another which, over any number of hops, calls it back.
Why: a request that holds something scarce (a connection of the pool, above all) waits for a call that needs the same. When as many requests as there are of it wait at
once, none can go on: all stand until they time out, and so does everyone who waits for them. The services can also no longer be started, changed or
understood one without the other.
Fix: take one of the calls out: give what is needed along with the first call, move what both need into a third service, or tell it by a topic and keep a copy.
Source: Google SRE book, "Addressing Cascading Failures" (avoid intra-layer communication: distributed deadlock). Records in a circle are another matter: nobody waits.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, steps, term
from wireplan.topology.chains import Way, chains
from wireplan.topology.types import Path, Topology


@rule("RPC009", Severity.ERROR)
def calls_in_a_circle(topology: Topology) -> Iterator[Fault]:
    """One circle of each set of services that call each other round."""
    for circle in chains(topology).cycles:
        yield waits_for_itself(topology, circle)


def waits_for_itself(topology: Topology, circle: Way) -> Fault:
    """The circle, and what runs out in it; found at the call that closes it."""
    names = [call.caller for call in circle]
    closing = circle[-1]
    return Fault(
        path=call_path(closing.caller, closing.callee),
        what=f'"{names[0]}" waits for itself: {" -> ".join([*names, names[0]])}',
        why=f"{steps(topology, circle)}. {scarce(topology, circle)}",
        fix=f'take one of these {len(circle)} calls out; what "{closing.caller}" asks of "{closing.callee}" can come along with the request, or by a topic',
        related=tuple((call_path(call.caller, call.callee), f"-> {call.callee}") for call in circle[:-1]),
    )


def call_path(caller: str, callee: str) -> Path:
    """Where a call is written."""
    return ("services", caller, "calls", callee)


def scarce(topology: Topology, circle: Way) -> str:
    """What the services of a circle have only so much of: connections, else time."""
    for call in circle:
        use = topology.services[call.caller].database
        if use is not None:
            base: Path = ("services", call.caller, "database", "pool")
            held = term(topology, f"{use.pool.max} connections", (*base, "max"))
            return (
                f'A pod of "{call.caller}" has {held}: {use.pool.max} requests that each hold one and wait for "{call.callee}" leave none for the calls '
                f"that come back. Each of those waits for {term(topology, duration(use.pool.timeout), (*base, 'timeout'))} and fails, and with it the "
                "request that it was made for."
            )
    first = circle[0]
    deadline = (*call_path(first.caller, first.callee), "deadline")
    return (
        f"A call that comes back may set out again; only {term(topology, f'the deadline of {duration(first.deadline)}', deadline)} ends it, "
        "while every round holds a place in each pod."
    )
