"""Edges: `caddy` (HTTP/3 in front, HTTP/2 behind). `gateway-api` has no field for HTTP/3 yet, and is refused plainly."""

from collections.abc import Iterator
from typing import Protocol, cast

from wireplan.manifests import providers
from wireplan.manifests.thing import Object, Plan
from wireplan.topology.types import Edge


class EdgeProvider(Protocol):
    """What a provider of edges answers."""

    def objects(self, plan: Plan, edge: Edge) -> Iterator[Object]:
        """The edge."""
        ...


def provider(edge: Edge) -> EdgeProvider:
    """The provider of one edge."""
    return cast("EdgeProvider", providers.chosen("edge", edge.provider))
