"""Postgres that somebody else runs. The owners' Secrets, named by the Topology, come from whoever runs it."""

from collections.abc import Iterator, Mapping

from wireplan.manifests.thing import Object, Plan
from wireplan.topology.types import DatabaseCluster, Topology


def member_pods(topology: Topology, cluster: DatabaseCluster) -> Mapping[str, str] | None:
    """Not in the namespace."""
    del topology, cluster


def objects(plan: Plan, cluster: DatabaseCluster) -> Iterator[Object]:
    """None."""
    del plan, cluster
    yield from ()


def backups(plan: Plan, cluster: DatabaseCluster) -> Iterator[Object]:
    """None: whoever runs it makes them."""
    del plan, cluster
    yield from ()
