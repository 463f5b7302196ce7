"""Backups of Postgres clusters (spec row F3.5): they come after the bucket that holds them."""

from collections.abc import Iterator

from wireplan.manifests.providers import postgres as providers
from wireplan.manifests.thing import Object, Plan, thing


@thing("backups", rank=57)
def backups(plan: Plan) -> Iterator[Object]:
    """When each cluster's base backups are taken; its log is archived from its first day on."""
    for _, cluster in sorted(plan.topology.databases.items()):
        yield from providers.provider(cluster).backups(plan, cluster)
