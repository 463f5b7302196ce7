"""Requests that anyone who recorded them can send again.

What: an edge takes requests in TLS early data (early_data: true) over HTTP/3.
Why: early data (0-RTT) is encrypted but not fresh: whoever saw its packets can send them again, to another pod of the edge too, and the request is done once more. Wireplan
knows of no route that it is safe, and what is behind is not told (no Early-Data header, so no answer 425).
Fix: leave early_data out. It saves one round trip for clients that come back, and only those.
Source: RFC 8470; RFC 8446 section 8 (0-RTT and anti-replay); caddyserver/caddy listeners.go (on unless told not to). Corrected here: without http3 among the clients the option
has no effect, since Caddy's TLS over TCP takes no early data.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import listed, term
from wireplan.topology.types import Edge, Topology


@rule("EDG001", Severity.ERROR)
def requests_that_can_be_replayed(topology: Topology) -> Iterator[Fault]:
    """Edges with early data that somebody could send."""
    for edge in topology.edges.values():
        if edge.early_data and "http3" in edge.clients:
            yield replayable(topology, edge)


def replayable(topology: Topology, edge: Edge) -> Fault:
    """The replay, step by step."""
    path = ("edges", edge.name, "early_data")
    http3 = term(topology, "HTTP/3", ("edges", edge.name, "clients"))
    routes = listed(
        term(topology, route.path, ("edges", edge.name, "routes", number))
        for number, route in enumerate(edge.routes)
    )
    return Fault(
        path=path,
        what=f'requests to edge "{edge.name}" can be replayed',
        why=f"{term(topology, 'early_data is true', path)}, with {http3}: 1. A client sends a POST in its first packet. 2. Someone on the way sends that "
        f"packet again. 3. It is done again, on any of {routes}, since nothing behind can tell.",
        fix="early_data: false",
        becomes="false",
    )
