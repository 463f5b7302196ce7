"""A fallback that is away when it is needed.

What: the fallback of a call is kept in a cache that the callee uses as well; or its answers are too old to be given (max_stale) before they stop being fresh (ttl).
Why: a cache that fails, or is slow, or evicts everything under load, takes the callee and the fallback from it at the same moment. An answer that is fresh
but too old is never given at all.
Fix: keep fallbacks in a cache of their own (caches: {answers: {}}); max_stale longer than the outage that it is to bridge, and never below ttl.
Source: AWS Builders' Library, "Avoiding fallback in distributed systems" (a fallback must not share what failed); RFC 5861 (stale-if-error); spec row F1.6.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology.types import Call, Fallback, Path, Topology


@rule("RPC013", Severity.WARNING)
def fallback_that_falls_with_it(topology: Topology) -> Iterator[Fault]:
    """Calls whose last good answers lie where the callee's own data do, or are never given."""
    for service in topology.services.values():
        for call in service.calls.values():
            fallback = call.fallback
            if fallback is None or fallback.kind != "cache":
                continue
            if fallback.cache in topology.services[call.callee].caches:
                yield shared(topology, call, fallback)
            elif (fallback.max_stale or 0.0) < (fallback.ttl or 0.0):
                yield never_given(topology, call, fallback)


def where(call: Call) -> Path:
    """Where the fallback of a call is written."""
    return ("services", call.caller, "calls", call.callee, "fallback")


def shared(topology: Topology, call: Call, fallback: Fallback) -> Fault:
    """One cache for both."""
    path: Path = (*where(call), "cache")
    used: Path = ("services", call.callee, "caches")
    return Fault(
        path=path,
        what=f'cache "{fallback.cache}" holds the answers for when "{call.callee}" is away, and "{call.callee}" uses it itself',
        why=f"{term(topology, f'the fallback is in cache {fallback.cache}', path)}, and so is what {term(topology, f'{call.callee} keeps', used)}: "
        "its one pod gone, full or slow, callee and fallback are gone at once.",
        fix="a cache of its own for the fallback",
        related=((used, "used here too"),),
    )


def never_given(topology: Topology, call: Call, fallback: Fallback) -> Fault:
    """Too old before it is no longer fresh."""
    stale, fresh = duration(fallback.max_stale or 0.0), duration(fallback.ttl or 0.0)
    return Fault(
        path=(*where(call), "max_stale"),
        what=f'answers of "{call.callee}" may not be given any more while they still count as fresh',
        why=f"{term(topology, f'fresh for {fresh}', (*where(call), 'ttl'))}, given up to {term(topology, stale, (*where(call), 'max_stale'))}: "
        f'"{call.caller}" does not ask for a newer one, and in an outage has none after {stale}.',
        fix=f"max_stale: {fresh} or more",
    )
