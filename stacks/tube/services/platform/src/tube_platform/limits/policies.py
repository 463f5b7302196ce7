"""Which limits a request is under, and in whose name it is counted."""

from collections.abc import MutableMapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any, NamedTuple

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


class Policy(NamedTuple):
    """One limit of one request: what clients know it by, and the key that it is counted under."""

    name: str
    key: str
    limit: Limit


class Rule(NamedTuple):
    """One limit as it is wired; `per` says whom it counts."""

    name: str
    per: str
    limit: Limit


class Policies:
    """The limits of a service.

    Raises:
        WiringError: a limit is of a route that the application does not have.
    """

    def __init__(self, service: str, wiring: RateLimitWiring, application: Any) -> None:
        self._service = service
        self._forwarded = wiring.forwarded
        self._routes = Routes(application)
        self._own = _rule(wiring.per, LimitWiring(wiring.rate, wiring.burst, wiring.per))
        self._anonymous = _rule("anonymous", wiring.anonymous) if wiring.anonymous else None
        self._of_routes = {route: _rule(route, own) for route, own in wiring.routes.items()}
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
        own = self._own
        found = [] if scope.get(CARRIED) and own.per != "route" else [self._whole(scope, principal)]
        if of_route := self._of_routes.get(self.route(scope)):
            found.append(self._counted(of_route, scope, principal))
        return found

    def route(self, scope: Scope) -> str:
        """The route of a request, as the code spells it; empty where there is none."""
        found = self._routes.of(scope)
        return found.name if found else ""

    def _whole(self, scope: Scope, principal: str | None) -> Policy:
        """The limit of the service itself."""
        if self._own.per == "principal" and principal is None and self._anonymous:
            return self._policy(self._anonymous, "address", address(scope, self._forwarded))
        return self._counted(self._own, scope, principal)

    def _counted(self, rule: Rule, scope: Scope, principal: str | None) -> Policy:
        if rule.per == "route":
            return self._policy(rule, "route", self.route(scope))
        if rule.per == "principal" and principal is not None:
            return self._policy(rule, "principal", principal)
        return self._policy(rule, "address", address(scope, self._forwarded))

    def _policy(self, rule: Rule, kind: str, who: str) -> Policy:
        return Policy(rule.name, f"limit:{self._service}:{rule.name}:{kind}:{who}", rule.limit)


def _rule(name: str, wired: LimitWiring) -> Rule:
    return Rule(name, wired.per, Limit(wired.rate, wired.burst))


def address(scope: Scope, forwarded: bool) -> str:
    """Where a client comes from: what the edge says last, since what came before it a client may have written itself."""
    last = b""
    for name, value in scope["headers"] if forwarded else ():
        if name == b"x-forwarded-for":
            last = value
    said = last.decode("latin-1").rpartition(",")[2].strip()
    peer = scope.get("client") or ("",)
    return _site(said) or _site(str(peer[0])) or "unknown"


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
