"""Which limits a request is under, and in whose name it is counted."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

from tube_platform.limits.gcra import Limit
from tube_platform.routes import Routes
from tube_platform.wiring import LimitWiring, RateLimitWiring, WiringError

NEVER = ("/.well-known/",)
"""What others need to verify our tokens; probes and metrics have a port of their own."""

CARRIED = "tube_platform.carried"
"""In the scope of a request that another one is made of, which was counted for it already (a field of GraphQL)."""

SITE = 64
"""Bits of an IPv6 address that name a customer: with the others one client would have a limit as often as it likes."""

type Scope = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Policy:
    """One limit of one request: what clients know it by, and the key that it is counted under."""

    name: str
    key: str
    limit: Limit


class Policies:
    """The limits of a service.

    Raises:
        WiringError: a limit is of a route that the application does not have.
    """

    def __init__(self, service: str, wiring: RateLimitWiring, application: Any) -> None:
        self._service = service
        self._wiring = wiring
        self._routes = Routes(application)
        strange = sorted(wiring.routes.keys() - self._routes.names)
        if strange:
            known = ", ".join(sorted(self._routes.names)) or "none"
            raise WiringError(
                f"rate_limit names {strange[0]}, which is no route of {service}; it has {known}"
            )

    def of(self, scope: Scope, principal: str | None) -> list[Policy]:
        """The limits of one request, that of the service first; none where it is never limited, or counted for already."""
        if scope["path"].startswith(NEVER):
            return []
        route, own = self.route(scope), self._wiring
        found = [] if scope.get(CARRIED) and own.per != "route" else [self._whole(scope, principal)]
        if route in own.routes:
            found.append(self._counted(route, own.routes[route], scope, principal))
        return found

    def _whole(self, scope: Scope, principal: str | None) -> Policy:
        """The limit of the service itself."""
        own = self._wiring
        if own.per == "principal" and principal is None and own.anonymous:
            return self._policy("anonymous", own.anonymous, "address", address(scope, own.forwarded))
        return self._counted(own.per, LimitWiring(own.rate, own.burst, own.per), scope, principal)

    def route(self, scope: Scope) -> str:
        """The route of a request, as the code spells it; empty where there is none."""
        return self._routes.of(scope["method"], scope["path"])

    def _counted(self, name: str, limit: LimitWiring, scope: Scope, principal: str | None) -> Policy:
        if limit.per == "route":
            return self._policy(name, limit, "route", self.route(scope))
        if limit.per == "principal" and principal is not None:
            return self._policy(name, limit, "principal", principal)
        return self._policy(name, limit, "address", address(scope, self._wiring.forwarded))

    def _policy(self, name: str, limit: LimitWiring, kind: str, who: str) -> Policy:
        key = f"limit:{self._service}:{name}:{kind}:{who}"
        return Policy(name, key, Limit(limit.rate, limit.burst))


def address(scope: Scope, forwarded: bool) -> str:
    """Where a client comes from: what the edge says last, since what came before it a client may have written itself."""
    said = [value for name, value in scope["headers"] if name == b"x-forwarded-for"] if forwarded else []
    last = said[-1].decode("latin-1").rpartition(",")[2].strip() if said else ""
    peer = scope.get("client") or ("",)
    return _site(last) or _site(str(peer[0])) or "unknown"


@lru_cache(maxsize=4096)
def _site(text: str) -> str:
    """An IPv4 address, or the network that an IPv6 address is in; empty where it is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return ""
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> SITE << SITE)}/{SITE}"
