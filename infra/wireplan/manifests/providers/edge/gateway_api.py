"""The Gateway API as an edge: not yet, and this module says why."""

from collections.abc import Iterator

from wireplan.manifests.thing import ImpossibleError, Object, Plan
from wireplan.topology.types import Edge


class NoHttp3Error(ImpossibleError):
    """The Gateway API has no field for HTTP/3 (gateway-api issues 687, 3769), which spec row P1 asks for."""


def objects(plan: Plan, edge: Edge) -> Iterator[Object]:
    """Refuse: an edge that silently speaks HTTP/2 only would not be what the Topology says."""
    del plan
    raise NoHttp3Error(f'edge "{edge.name}": the Gateway API cannot ask for HTTP/3; use the provider caddy')
