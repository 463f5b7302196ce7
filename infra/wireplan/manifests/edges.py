"""Edges: where clients come in, as the chosen provider makes them (spec rows P1, P2, P3)."""

from collections.abc import Iterator

from wireplan.manifests.providers import edge as providers
from wireplan.manifests.thing import Object, Plan, thing


@thing("edge", rank=70)
def edges(plan: Plan) -> Iterator[Object]:
    """Every edge."""
    for _, edge in sorted(plan.topology.edges.items()):
        yield from providers.provider(edge).objects(plan, edge)
