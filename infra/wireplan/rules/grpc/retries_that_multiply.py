"""Retries of several hops that multiply.

What: along a path of calls the attempts of two or more hops multiply to more than 4.
Why: while the last callee is unavailable, each hop above it repeats all that was repeated below, so that one request of a person becomes many at the very service
that needs rest. UNAVAILABLE is passed on from hop to hop, so every hop with retries takes part.
Fix: leave attempts out: Wireplan gives a call two where the whole path stays within 4, else one, the innermost first; or keep retries next to what fails: retry: 1 above.
Source: Google SRE book, "Addressing Cascading Failures" (retry at one layer: 3 retries at each of 3 layers are 64 attempts); AWS Builders' Library, "Timeouts, retries and
backoff with jitter"; grpc/proposal A6. Corrected here: attempts of one hop alone are no multiplication, and gRPC stops at 5; retries without throttling cannot be
written. Throttling ends what lasts, not how it begins: each channel has 5 retries before it stops, and each pod has a channel to each callee.
"""

from collections.abc import Iterator, Mapping
from math import prod

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import steps, term, written
from wireplan.topology.chains import LIMIT, Way, Worst, arrivals, attempts, chains, onto, way, worst
from wireplan.topology.types import Call, Path, Topology


@rule("RPC006", Severity.ERROR)
def retries_that_multiply(topology: Topology) -> Iterator[Fault]:
    """Each call at which the attempts along a path first are too many, with the worst that is above and below it; of those by one value the worst alone."""
    found = chains(topology)
    above = worst(topology, found)
    crossing = [
        call
        for name in found.order
        for call in found.onward[name]
        if too_many(above[name], attempts(topology, call)) and not too_many(above[name], 1)
    ]
    below: Mapping[str, Worst] = onto(topology, found) if crossing else {}
    ways = [(*way(above, above[call.caller].last), call, *rest(below, call.callee)) for call in crossing]
    ways.sort(key=lambda each: -product(topology, each))
    causes: dict[Path, Way] = {}
    for each in ways:
        causes.setdefault(most(topology, each), each)
    arriving: dict[str, Mapping[str, int]] = {}
    for path, each in causes.items():
        first = each[0].caller
        if first not in arriving:
            arriving[first] = arrivals(topology, found, first)
        yield storm(topology, path, each, arriving[first][each[-1].callee])


def rest(below: Mapping[str, Worst], name: str) -> Iterator[Call]:
    """How the worst path goes on below a service, as long as calls are repeated."""
    while call := below[name].last:
        yield call
        name = call.callee


def too_many(above: Worst, times: int) -> bool:
    """Whether a call that is made so often, below `above`, is beyond the limit, and not by one hop alone."""
    return above.attempts * times > LIMIT and above.repeating + (times > 1) > 1


def product(topology: Topology, calls: Way) -> int:
    """The attempts at the end of a path."""
    return prod(attempts(topology, call) for call in calls)


def most(topology: Topology, calls: Way) -> Path:
    """Where the most attempts of a path are written."""
    told = [call for call in calls if attempts(topology, call) > 1 and written(topology, where(call))]
    return where(max(told or calls, key=lambda call: call.retry.attempts))


def where(call: Call) -> Path:
    """Where the attempts of a call are written."""
    return ("services", call.caller, "calls", call.callee, "retry", "attempts")


def storm(topology: Topology, path: Path, calls: Way, total: int) -> Fault:
    """The path, its product, and what comes together over all paths."""
    first, last, count = calls[0].caller, calls[-1].callee, product(topology, calls)
    factors = [term(topology, f"{attempts(topology, call)}", where(call)) for call in calls]
    everywhere = f' Over all paths from "{first}" it is up to {total}.' if total > count else ""
    return Fault(
        path=path,
        what=f'one request to "{first}" may become {count} calls of "{last}"',
        why=f'{steps(topology, calls)}: {" x ".join(factors)} = {count} attempts at "{last}", each hop repeating what the one below gave up, '
        f"when {LIMIT} are the most.{everywhere}",
        fix="leave attempts out here, or retry: 1 on all but the last of these calls",
        related=tuple(
            (where(call), f"{attempts(topology, call)} attempts") for call in calls if where(call) != path
        ),
    )
