"""A login from which browsers are sent to where nobody answers.

What: the address that a provider sends browsers back to is made of the system's name, because no load balancer says what people know it by; or it is one of an edge that has no
route for it.
Why: everything works up to the last step. The person has logged in at the provider, and the browser then shows that there is no such host, or no such page.
Fix: an edge of kind load-balancer with a route to the service that takes the callback; or `redirect`, where another front than ours takes it.
Source: RFC 6749, section 3.1.2 (the redirection endpoint is the client's); docs/identity.md; spec row A9.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import written
from wireplan.topology.addresses import address
from wireplan.topology.types import Edge, OAuth, Path, Topology


@rule("EXT004", Severity.ERROR)
def login_that_does_not_come_back(topology: Topology) -> Iterator[Fault]:
    """Where each login ends. What a front that is not ours takes is not known here."""
    for service in topology.services.values():
        for index, own in enumerate(service.oauth):
            here: Path = ("services", service.name, "oauth", index, "redirect")
            edge = edge_of(topology, own)
            if edge is None and not written(topology, here):
                yield fault(here, own, "no load balancer says what people know the system by", ())
            elif edge and not routed(edge, own):
                nowhere = f'edge "{edge.name}" has no route for it'
                yield fault(here, own, nowhere, ((("edges", edge.name, "routes"), "its routes"),))


def edge_of(topology: Topology, own: OAuth) -> Edge | None:
    """The edge that an address is of."""
    found = address(own.redirect_uri)
    return next((e for e in topology.edges.values() if (e.host, e.port) == (found.host, found.port)), None)


def routed(edge: Edge, own: OAuth) -> bool:
    """Whether a service gets what comes to it."""
    path = urlsplit(own.redirect_uri).path or "/"
    ways = [route.path.rstrip("/") for route in edge.routes if route.bucket is None]
    return any(path == way or path.startswith(f"{way}/") for way in ways)


def fault(here: Path, own: OAuth, why: str, related: tuple[tuple[Path, str], ...]) -> Fault:
    """One login."""
    return Fault(
        path=here,
        what=f'who logs in by "{own.provider}" is sent to {own.redirect_uri}, where nobody answers',
        why=f'1. Somebody logs in at "{own.provider}". 2. It sends their browser back to {own.redirect_uri}: {why}. 3. The code never arrives, and nobody is logged in.',
        fix="an edge of kind load-balancer with a route for it, or redirect: the address at which a front of yours takes it",
        related=related,
    )
