"""A promise that the parts of a route cannot keep.

What: a route has an objective, and the product of the availabilities of all that its requests cannot do without is below it. Each part counts once; calls with a fallback,
outboxes and caches do not count; what nobody wrote a number for counts as 100%.
Why: a request that needs several parts is answered only while all of them answer. The promise is broken by the parts' own promises, before anything goes wrong that nobody foresaw.
Fix: an objective that the parts can keep; a fallback for what can be missing (critical: false); or a part that promises more.
Source: Google, "The Calculus of Service Availability" (a service is no more available than the product of what it critically needs); reliability list, RPC009 (product of the objectives
against the edge's). The parts are taken to fail independently, and a request to make every critical call of the services that it comes to: the model does not say which make which.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.model.units import share_text
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import listed, term
from wireplan.topology.availability import Reach, Term, reaches, rounded
from wireplan.topology.types import Topology

WEAKEST = 3
"""Parts shown beside the promise: those that take most from it."""


@rule("EDG003", Severity.WARNING)
def promise_that_its_parts_cannot_keep(topology: Topology) -> Iterator[Fault]:
    """Routes with an objective, by their parts. Without one nothing is walked."""
    for reach in reaches(topology, promised=True):
        if reach.kept is False:
            yield broken(topology, reach)


def broken(topology: Topology, reach: Reach) -> Fault:
    """The product, and the weakest of it."""
    path = ("edges", reach.edge, "routes", reach.index, "objective")
    most, promise = share_text(rounded(reach.most)), share_text(reach.objective or 0.0)
    product = " x ".join(term(topology, f"{each.part} {number(each)}", each.path) for each in reach.known)
    others = listed(each.part for each in reach.unknown)
    rest = f" Not known, and counted as 100%: {others}." if others else ""
    worst = sorted(reach.known, key=lambda each: each.availability or 1.0)[:WEAKEST]
    return Fault(
        path=path,
        what=f'edge "{reach.edge}" promises {promise} on {reach.path}, but what its requests need is there at most {most} of the time',
        why=f"A request needs all of {product} = {most}, below {term(topology, promise, path)}.{rest}",
        fix=f"objective: {most} or less; critical: false with a fallback for what can be missing; or more of {worst[0].part}, the weakest",
        related=tuple((each.path, "takes from it") for each in worst),
    )


def number(part: Term) -> str:
    """Its availability in percent."""
    return share_text(part.availability or 0.0)
