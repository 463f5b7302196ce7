"""Postgres: `cloudnative-pg` (clusters with the operator), `external` (a server that somebody else runs)."""

from collections.abc import Iterator, Mapping
from typing import Protocol, cast

from wireplan.manifests import providers
from wireplan.manifests.thing import Object, Plan
from wireplan.topology.types import DatabaseCluster, Topology


class PostgresProvider(Protocol):
    """What a provider of Postgres answers."""

    def member_pods(self, topology: Topology, cluster: DatabaseCluster) -> Mapping[str, str] | None:
        """Labels of the members' pods; None where they are not in the namespace."""
        ...

    def objects(self, plan: Plan, cluster: DatabaseCluster) -> Iterator[Object]:
        """The cluster, its databases, and their owners' Secrets."""
        ...

    def backups(self, plan: Plan, cluster: DatabaseCluster) -> Iterator[Object]:
        """When its base backups are taken; none where the cluster has none."""
        ...


def provider(cluster: DatabaseCluster) -> PostgresProvider:
    """The provider of one cluster."""
    return cast("PostgresProvider", providers.chosen("postgres", cluster.provider))
