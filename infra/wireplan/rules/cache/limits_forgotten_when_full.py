"""Rate limits that a full cache forgets, or refuses to count.

What: a cache that counts requests has the eviction volatile-ttl while it also keeps answers for fallbacks that live longer than the counters; or noeviction.
Why: volatile-ttl drops first what ends soonest, which are the counters: whoever fills the cache has no limit any more, when a limit is needed most. With
noeviction a full cache refuses every write, so that no new counter and no new answer is kept.
Fix: leave eviction out: allkeys-lru drops what nobody touched for longest, and a counter that counts was touched just now.
Source: valkey.io/topics/lru-cache. Corrected here: the list warns of any policy that evicts, but under allkeys-lru and allkeys-lfu it is the idle that go; that a cache holds
locks, idempotency keys, sagas or the only copy of something cannot be written: they stand in the service's database.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from wireplan.findings import Severity
from wireplan.rules.check import Fault, leave_out, rule
from wireplan.rules.words import duration, term
from wireplan.topology import index
from wireplan.topology.types import Cache, Path, RateLimit, Service, Topology


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that a cache keeps for a fallback: for whom, for how long, and where that is said."""

    caller: str
    callee: str
    seconds: float
    path: Path


@rule("CAC001", Severity.WARNING)
def limits_forgotten_when_full(topology: Topology) -> Iterator[Fault]:
    """Caches that count, by what they do when they are full."""
    limits = index.grouped(
        (s.rate_limit.store, (s, s.rate_limit)) for s in topology.services.values() if s.rate_limit
    )
    answers = index.grouped(kept(topology))
    for cache in topology.caches.values():
        for service, limit in limits.get(cache.name, ())[:1]:
            if cache.eviction == "noeviction":
                yield refused(topology, cache, service)
            elif cache.eviction == "volatile-ttl":
                longest = max(answers.get(cache.name, ()), key=lambda one: one.seconds, default=None)
                if longest is not None and longest.seconds > limit.burst / limit.rate:
                    yield forgotten(topology, cache, limit, longest, service)


def kept(topology: Topology) -> Iterator[tuple[str, Kept]]:
    """Every answer that is kept for a fallback, by its cache."""
    for service in topology.services.values():
        for call in service.calls.values():
            own = call.fallback
            if own is not None and own.cache:
                key, seconds = ("max_stale", own.max_stale) if own.max_stale else ("ttl", own.ttl or 0.0)
                path = ("services", service.name, "calls", call.callee, "fallback", key)
                yield own.cache, Kept(service.name, call.callee, seconds, path)


def refused(topology: Topology, cache: Cache, service: Service) -> Fault:
    """A cache that takes nothing more."""
    path = ("caches", cache.name, "eviction")
    return Fault(
        path=path,
        what=f'cache "{cache.name}" counts the requests of "{service.name}", and counts nothing new when it is full',
        why=f"{term(topology, 'noeviction', path)}: 1. Many callers fill {cache.memory // 1024**2}Mi with counters. 2. Valkey refuses every write from then on. "
        "3. The next callers are not counted: they all pass, or none does.",
        fix="leave eviction out",
        mend=leave_out(*path),
        related=((("services", service.name, "rate_limit", "store"), "counts here"),),
    )


def forgotten(topology: Topology, cache: Cache, limit: RateLimit, longest: Kept, service: Service) -> Fault:
    """The two lifetimes, and which goes first."""
    path = ("caches", cache.name, "eviction")
    base = ("services", service.name, "rate_limit")
    burst, rate = (
        term(topology, f"{limit.burst}", (*base, "burst")),
        term(topology, f"{limit.rate:g}/s", (*base, "rate")),
    )
    answer = term(topology, duration(longest.seconds), longest.path)
    return Fault(
        path=path,
        what=f'cache "{cache.name}" forgets the limits of "{service.name}" first when it is full',
        why=f'A counter lives {burst} / {rate} = {duration(limit.burst / limit.rate)}, an answer of "{longest.callee}" {answer}; {term(topology, "volatile-ttl", path)} drops what ends soonest. '
        "1. The cache is full. 2. Each new answer drops a counter. 3. Who was at the limit begins again at zero.",
        fix="leave eviction out, or another cache for the limits",
        related=(((*base, "store"), "counts here"), (longest.path, "keeps answers here")),
    )
