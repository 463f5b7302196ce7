"""Limits on requests: what a service counts, and what its pods need to know for it (spec row F1.2)."""

from collections.abc import Callable
from typing import Any

from wireplan.model.limits import RateLimit as Written
from wireplan.topology.types import Limit, Path, RateLimit, Service, Topology

ANONYMOUS_TIMES = 10
"""Of a principal's limit: an address is many people, a household, an office or a whole mobile carrier."""

TIMEOUT = 0.05
"""Seconds in which the store has to answer. Valkey in the same cluster does in under a millisecond; longer waits would be added to
every request, so the pod counts by itself instead."""


def rate_limit(written: Written | None) -> RateLimit | None:
    """The limit of a service with everything explicit."""
    if written is None:
        return None
    return RateLimit(
        per=written.per,
        rate=float(written.rate),
        burst=written.burst,
        store=written.store,
        anonymous=anonymous(written) if written.per == "principal" else None,
        routes={name: Limit(own.per, float(own.rate), own.burst) for name, own in written.routes.items()},
    )


def anonymous(written: Written) -> Limit:
    """The limit of a client address whose requests name no principal."""
    own, times = written.anonymous, ANONYMOUS_TIMES
    if own is not None:
        return Limit("address", float(own.rate), own.burst)
    return Limit("address", times * float(written.rate), times * written.burst)


def wired(topology: Topology, own: Service) -> dict[str, Any] | None:
    """A service's limits for its wiring. `pods`: how many surely run, which share a limit while the store is away."""
    limit = own.rate_limit
    if limit is None:
        return None
    found: dict[str, Any] = {
        **counted(Limit(limit.per, limit.rate, limit.burst)),
        "cache": limit.store,
        "timeout": TIMEOUT,
        "pods": max(1, own.replicas.min),
        "forwarded": forwarded(topology, own),
    }
    if limit.anonymous:
        found["anonymous"] = counted(limit.anonymous)
    if limit.routes:
        found["routes"] = {name: counted(each) for name, each in limit.routes.items()}
    return found


def counted(limit: Limit) -> dict[str, Any]:
    """One limit."""
    return {"per": limit.per, "rate": limit.rate, "burst": limit.burst}


def forwarded(topology: Topology, own: Service) -> bool:
    """Whether clients come through an edge, which then says their addresses; who comes by itself could say anything."""
    return any(
        route.bucket is None and route.to == own.name
        for edge in topology.edges.values()
        for route in edge.routes
    )


def counts(t: Topology, path: Path) -> str:
    """Why a limit counts what it counts."""
    del t, path
    return "who asks too much slows down nobody else"


def of_anonymous(t: Topology, path: Path) -> str:
    """Where the limit of requests that name no principal comes from."""
    limit = t.services[str(path[1])].rate_limit
    if limit is None or limit.anonymous is None or path[-1] == "per":
        return "whoever is not known is counted by address"
    return f"{ANONYMOUS_TIMES} x {f'{limit.rate:g}/s' if path[-1] == 'rate' else limit.burst}: an address is many people"


FORMULAS: dict[str, Callable[[Topology, Path], str]] = {
    **{f"services.*.rate_limit{each}.per": counts for each in ("", ".routes.*")},
    **{f"services.*.rate_limit.anonymous{each}": of_anonymous for each in ("", ".per", ".rate", ".burst")},
}
"""By the pattern of a value's path, as in `derived`."""
