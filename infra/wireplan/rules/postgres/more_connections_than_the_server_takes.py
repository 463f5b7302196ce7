"""Pools that may together open more connections than the database accepts.

What: the pools of all pods of all services that own a database in the cluster, at their most and with the extra pods of a rolling update, plus the reserved
connections, are more than max_connections. A service that reads from replicas has two pools: after a failover both may end at one server.
Why: it works until everything is scaled out, or until a failover makes every pod connect again at once; then the server refuses connections, also those of
the operator that would mend it.
Fix: leave max_connections out (Wireplan derives it), or make the pools smaller, or fewer pods.
Source: cloudnative-pg docs/src/connection_pooling.md; postgresql.org max_connections, reserved_connections; spec row F3.2. A pooler
does not lessen the sum: it gives each client a connection of its own (session mode), and each of its pods keeps what it opened.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology import index
from wireplan.topology.capacity import connections, poolers
from wireplan.topology.types import DatabaseCluster, DatabaseUse, Service, Topology


@rule("PG006", Severity.ERROR)
def more_connections_than_the_server_takes(topology: Topology) -> Iterator[Fault]:
    """The sum over the services of each cluster against what it takes."""
    users = index.grouped(
        (s.database.cluster, (s, s.database)) for s in topology.services.values() if s.database
    )
    for cluster in topology.databases.values():
        shares = users.get(cluster.name, ())
        needed = cluster.reserved_connections + sum(opened(cluster, s, use) for s, use in shares)
        if needed > cluster.max_connections:
            yield refused(topology, cluster, shares, needed)


def opened(cluster: DatabaseCluster, service: Service, use: DatabaseUse) -> int:
    """What a service may open, itself or through a pooler."""
    return connections(service.replicas, use, poolers(cluster))


def refused(
    topology: Topology, cluster: DatabaseCluster, shares: tuple[tuple[Service, DatabaseUse], ...], needed: int
) -> Fault:
    """The sum, each term with its line."""
    reserved = f"{cluster.reserved_connections} reserved"
    return Fault(
        path=("databases", cluster.name, "max_connections"),
        what=f'database "{cluster.name}" takes {cluster.max_connections} connections, its services may open {needed}',
        why=f"{' + '.join([reserved, *(said(topology, cluster, service, use) for service, use in shares)])} = {needed}. "
        "A failover makes all of them connect again at once.",
        fix=f"max_connections: {needed}",
        related=tuple(
            (("services", service.name, "replicas"), f"{opened(cluster, service, use)} connections")
            for service, use in shares
        ),
        becomes=str(needed),
    )


def said(topology: Topology, cluster: DatabaseCluster, service: Service, use: DatabaseUse) -> str:
    """One service's term."""
    most, surge = service.replicas.max, service.replicas.surge
    count = f"({most} + {surge} while rolling) pods" if surge else f"{most} pods"
    pods = term(topology, count, ("services", service.name, "replicas"))
    pool = term(topology, f"{use.pool.max}", ("services", service.name, "database", "pool", "max"))
    times = f" x {poolers(cluster)} poolers" if cluster.pooler else ""
    return f"{service.name} {pods} x {pool}{' x 2 pools' if use.reads_from_replicas else ''}{times}"
