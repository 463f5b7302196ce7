"""Postgres clusters, as the chosen provider makes them."""

from collections.abc import Iterator

from wireplan.manifests.providers import postgres as providers
from wireplan.manifests.thing import Object, Plan, thing


@thing("postgres", rank=30)
def postgres(plan: Plan) -> Iterator[Object]:
    """Every cluster with its databases and their owners."""
    for _, cluster in sorted(plan.topology.databases.items()):
        yield from providers.provider(cluster).objects(plan, cluster)
