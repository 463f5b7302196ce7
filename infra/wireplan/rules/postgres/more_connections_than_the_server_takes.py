"""Pools that may together open more connections than the database accepts.

What: the pools of all pods of all services that own a database in the cluster, at their most and with the extra pods of a rolling update, plus the reserved
connections, are more than max_connections.
Why: it works until everything is scaled out, or until a failover makes every pod connect again at once; then the server refuses connections, also those of
the operator that would mend it.
Fix: leave max_connections out (Wireplan derives it), or make the pools smaller, or fewer pods.
Source: cloudnative-pg docs/src/connection_pooling.md; postgresql.org max_connections, reserved_connections; spec row F3.2. A cluster with a pooler is left alone: its
own size is what the server sees, and the model does not hold it yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology.types import DatabaseCluster, Service, Topology


@dataclass(frozen=True, slots=True)
class Share:
    """What one service may open."""

    service: Service
    pods: int
    surge: int
    pool: int

    @property
    def connections(self) -> int:
        """Pods times pool."""
        return (self.pods + self.surge) * self.pool


@rule("PG006", Severity.ERROR)
def more_connections_than_the_server_takes(topology: Topology) -> Iterator[Fault]:
    """The sum over the services of each cluster against what it takes."""
    for cluster in topology.databases.values():
        shares = list(shared(topology, cluster))
        needed = sum(share.connections for share in shares) + cluster.reserved_connections
        if needed > cluster.max_connections and not cluster.pooler:
            yield refused(topology, cluster, shares, needed)


def shared(topology: Topology, cluster: DatabaseCluster) -> Iterator[Share]:
    """The services that own a database of `cluster`."""
    for service in topology.services.values():
        if service.database is not None and service.database.cluster == cluster.name:
            yield Share(service, service.replicas.max, service.replicas.surge, service.database.pool.max)


def refused(topology: Topology, cluster: DatabaseCluster, shares: list[Share], needed: int) -> Fault:
    """The sum, each term with its line."""
    terms = [said(topology, share) for share in shares]
    reserved = term(
        topology,
        f"{cluster.reserved_connections} reserved",
        ("databases", cluster.name, "reserved_connections"),
    )
    return Fault(
        path=("databases", cluster.name, "max_connections"),
        what=f'database "{cluster.name}" takes {cluster.max_connections} connections, its services may open {needed}',
        why=f"{' + '.join([*terms, reserved])} = {needed}. A failover makes all of them connect again at once.",
        fix=f"max_connections: {needed}",
        related=tuple(
            (("services", share.service.name, "replicas"), f"{share.connections} connections")
            for share in shares
        ),
        becomes=str(needed),
    )


def said(topology: Topology, share: Share) -> str:
    """One service's term."""
    name = share.service.name
    pods = term(
        topology,
        f"{share.pods}{f' + {share.surge} surge' if share.surge else ''}",
        ("services", name, "replicas"),
    )
    return f"{name} {pods} x {term(topology, str(share.pool), ('services', name, 'database', 'pool', 'max'))}"
