"""What there is one of and requests of an edge cannot do without: the server of a database, the built-in store of objects.

On one machine, for which profile dev stands, a second one would protect from nothing.
"""

from collections.abc import Mapping

from wireplan.records import dataclass
from wireplan.topology import durability
from wireplan.topology.chains import needed
from wireplan.topology.types import Topology


@dataclass(frozen=True, slots=True)
class Objects:
    """A bucket of the one pod that requests need, and how they come to it: by a route of an edge, or in a service that they cannot do without."""

    bucket: str
    edge: str
    route: int
    service: str | None = None


def servers(topology: Topology) -> Mapping[str, str]:
    """The clusters of one server, each with the first service that requests need and that has its database there. What promises an rpo of 0 is PG001's."""
    alone = [
        cluster
        for cluster in topology.databases.values()
        if cluster.instances == 1 and cluster.provider == durability.POSTGRES and cluster.rpo != 0
    ]
    if topology.environment.profile == "dev" or not alone:
        return {}
    table = needed(topology)
    owners = {
        cluster.name: next((owner for owner in cluster.databases.values() if owner in table), None)
        for cluster in alone
    }
    return {name: owner for name, owner in owners.items() if owner is not None}


def objects(topology: Topology) -> Objects | None:
    """The first objects of the built-in store that requests need: those that a route leads to, else those of a service; None where they need none."""
    store = topology.object_store
    if store is None or store.provider != durability.STORE or topology.environment.profile == "dev":
        return None
    for edge in topology.edges.values():
        for index, route in enumerate(edge.routes):
            if route.bucket:
                return Objects(route.bucket, edge.name, index)
    for name, entry in needed(topology).items():
        for bucket in topology.services[name].buckets:
            return Objects(bucket, entry.edge.name, entry.route, name)
    return None
