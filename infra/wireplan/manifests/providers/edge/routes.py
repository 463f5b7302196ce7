"""The routes of an edge by number, and how the two processes of its pod speak of them to each other."""

from wireplan.topology.types import Edge, Route

ROUTE = "Wireplan-Route"
"""The header by which the cache and what is behind it know the route of a request."""
PROBE = "Wireplan-Probe"
"""The header of a question whether the origin of a route is there."""
ALIVE = "/.well-known/alive"
"""What is asked for then. Nobody has it: every answer that is no failure of a server will do, and no limit counts it."""


def numbered(edge: Edge) -> list[tuple[int, Route]]:
    """All of them, the longest path first, from one on."""
    return list(enumerate(sorted(edge.routes, key=lambda r: (-len(r.path), r.path)), start=1))


def kept(edge: Edge) -> list[tuple[int, Route]]:
    """Those whose answers the edge's cache keeps."""
    return [(number, route) for number, route in numbered(edge) if route.cache]
