"""Answers of a service that knows its callers, kept for everybody.

What: an edge with a cache keeps the answers of a route to a service that accepts tokens (accepts_tokens_of), or to a bucket.
Why: what such a service answers depends on who asks. The edge lets requests with an Authorization header pass its cache and gives no cookies on, but it cannot know of a token in
a query or of an answer that a handler forgot to call private: the next one who asks for the same address gets it. And what the cache answers, no limit of the service counts.
What lies in a bucket is reached by a signed address, which is a key that ends; what the cache keeps outlives it.
Fix: cache: false on this route; or lead what is everybody's to a service of its own, as tube's media.
Source: RFC 9111 section 3.5 (a shared cache must not keep answers to requests with Authorization) and section 7.1, 7.3 (cache poisoning, sensitive information); PortSwigger, "Web cache deception";
AWS, "Sharing objects with presigned URLs" (whoever holds the URL may read until it expires).
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology.types import Edge, Topology


@rule("EDG004", Severity.ERROR)
def shared_answers_to_known_persons(topology: Topology) -> Iterator[Fault]:
    """Routes that a cache keeps, and what is behind them."""
    for edge in topology.edges.values():
        for index, route in enumerate(edge.routes):
            if not route.cache:
                continue
            if route.bucket:
                yield signed(topology, edge, index)
            elif topology.services[route.to].verifies_tokens_of:
                yield personal(topology, edge, index)


def personal(topology: Topology, edge: Edge, index: int) -> Fault:
    """The service knows who asks."""
    route = edge.routes[index]
    issuer = topology.services[route.to].verifies_tokens_of
    at = ("services", route.to, "verifies_tokens_of")
    path = ("edges", edge.name, "routes", index, "cache")
    return Fault(
        path=path,
        what=f'edge "{edge.name}" keeps what "{route.to}" answers, and that depends on who asks',
        why=f"{term(topology, f'{route.to} accepts tokens of {issuer}', at)}: 1. Somebody asks for {route.path} with a token that is not in the header Authorization, or a handler "
        f"says max-age and forgets private. 2. The edge keeps the answer. 3. Everybody who asks for the same address gets it.",
        fix="cache: false",
        becomes="false",
        related=((at, "knows who asks"),),
    )


def signed(topology: Topology, edge: Edge, index: int) -> Fault:
    """The address is a key."""
    route, path = edge.routes[index], ("edges", edge.name, "routes", index, "cache")
    kept = duration(edge.cache.ttl if edge.cache else 0.0)
    return Fault(
        path=path,
        what=f'edge "{edge.name}" keeps what is in bucket "{route.bucket}" beyond the end of the address that opened it',
        why=f"{term(topology, 'cache is true', path)}: 1. A signed address is used once. 2. The edge keeps the answer under it, for up to {kept}. "
        f"3. The signature ends, and whoever has the address reads on.",
        fix="leave cache out",
        becomes="false",
    )
