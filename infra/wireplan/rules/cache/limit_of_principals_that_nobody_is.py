"""A limit of principals where no request has one.

What: a rate_limit counts by principal (per: principal, which it is where nothing is written), or one of its routes does, and the service accepts nobody's tokens.
Why: who asks is known by an access token alone. Without tokens every request is nobody's, and is counted by its client's address: of a whole office or a mobile carrier as of one. The limit that is written is not the
one that holds: of the service it is that of anonymous, ten times as much unless it is written; of a route it is shared by all behind one address.
Fix: accepts_tokens_of: SERVICE, whose tokens say who asks; or per: address, with the number that an address may have.
Source: docs/gateway.md (whose limit counts); RFC 6269, section 13.1 (limits by address hit everybody behind it); spec rows A8, F1.2.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import rate, term
from wireplan.topology.types import Limit, Path, RateLimit, Service, Topology


@rule("CAC002", Severity.WARNING)
def limit_of_principals_that_nobody_is(topology: Topology) -> Iterator[Fault]:
    """Limits of services that accept no tokens; of one service the first is told."""
    for service in topology.services.values():
        limit = service.rate_limit
        if limit is None or service.verifies_tokens_of is not None:
            continue
        if limit.anonymous is not None:
            yield of_service(topology, service, limit, limit.anonymous)
            continue
        route = next((name for name, own in limit.routes.items() if own.per == "principal"), None)
        if route is not None:
            yield of_route(topology, service, route, limit.routes[route])


def of_service(topology: Topology, service: Service, limit: RateLimit, anonymous: Limit) -> Fault:
    """What is written, and what holds."""
    base: Path = ("services", service.name, "rate_limit")
    written = term(topology, rate(limit.rate), (*base, "rate"))
    holds = term(topology, rate(anonymous.rate), (*base, "anonymous", "rate"))
    return Fault(
        path=(*base, "per"),
        what=f'"{service.name}" limits principals, and no request to it has one',
        why=f'"{service.name}" accepts no tokens, so that each request is nobody\'s. Written: {written} of each principal. What holds: {holds} of each client address.',
        fix="accepts_tokens_of: the service that issues them; or per: address",
    )


def of_route(topology: Topology, service: Service, route: str, limit: Limit) -> Fault:
    """A route's own."""
    path: Path = ("services", service.name, "rate_limit", "routes", route)
    written = term(topology, rate(limit.rate), (*path, "rate"))
    return Fault(
        path=(*path, "per"),
        what=f'"{service.name}" limits principals on {route}, and no request to it has one',
        why=f'"{service.name}" accepts no tokens, so that {written} of each principal is {rate(limit.rate)} of each client address: of all behind it together.',
        fix="per: address; or accepts_tokens_of: the service that issues them",
    )
