"""HTTP/3 with HTTP/1.1 alone to fall back on.

What: an edge speaks http3 to clients and not http2.
Why: many networks let no UDP through, and a client learns of HTTP/3 from an answer over TCP. Without HTTP/2 there, those clients fall to HTTP/1.1: one request at a
time on each connection, and the slowest hold up the page.
Fix: clients: [http3, http2], or leave clients out.
Source: spec rows P1, P3; RFC 9114 section 3.1 (UDP may be blocked: fall back to TCP); RFC 7838. Corrected here: TCP on the same port, UDP in the Service and the policies, and
the port in Alt-Svc are Wireplan's and cannot be missed, so nothing is a black hole; a provider without HTTP/3 (kubernetes-sigs/gateway-api issues 687 and 3769) is refused when the file is read.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rewrite, rule
from wireplan.rules.words import listed, term
from wireplan.topology.types import Edge, Topology


@rule("EDG002", Severity.ERROR)
def http3_without_fallback(topology: Topology) -> Iterator[Fault]:
    """Edges with HTTP/3, and what is beside it."""
    for edge in topology.edges.values():
        if "http3" in edge.clients and "http2" not in edge.clients:
            yield alone(topology, edge)


def alone(topology: Topology, edge: Edge) -> Fault:
    """No HTTP/2 over TCP."""
    path = ("edges", edge.name, "clients")
    clients = term(topology, f"clients are {listed(edge.clients)}", path)
    return Fault(
        path=path,
        what=f'clients of edge "{edge.name}" that cannot use UDP are left with HTTP/1.1',
        why=f"{clients}: 1. A client's first request comes over TCP, where the answer tells "
        f"of HTTP/3 on port {edge.port}. 2. Its network drops UDP. 3. It stays on TCP, and there is no HTTP/2.",
        fix="clients: [http3, http2]",
        mend=rewrite(path, "[http3, http2]") if edge.clients == ("http3",) else None,
    )
