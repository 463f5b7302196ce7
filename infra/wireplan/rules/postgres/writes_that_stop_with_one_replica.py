"""Writes that stop as soon as one replica is away.

What: durability is required, and more replicas must confirm each write (synchronous.number) than are left when one of them restarts: number > instances - 2.
Why: every upgrade, every drained node and every failover takes a replica away for a while. With required durability a commit then waits until it is back: the
database is down for writing although its primary is well, and the pools of all services fill with waiting transactions.
Fix: a smaller number, or more instances; durability: preferred where going on matters more than losing nothing.
Source: cloudnative-pg docs/src/failover.md (scenarios), docs/src/replication.md; cloudnative-pg issue 5257 (any 2 of 3: writes hang after a node is lost). Where a
database promises rpo 0 with fewer than 3 instances, PG001 says so. No number of losses to survive can be declared, so that one is what is asked for.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology import copies
from wireplan.topology.durability import POSTGRES
from wireplan.topology.types import DatabaseCluster, Synchronous, Topology

TELLS = 3  # below it a promise of rpo 0 is PG001's


@rule("PG003", Severity.ERROR, dev=Severity.WARNING)
def writes_that_stop_with_one_replica(topology: Topology) -> Iterator[Fault]:
    """Replicas that must confirm against those that are left when one is away."""
    for cluster in topology.databases.values():
        own = cluster.synchronous
        promised = cluster.rpo == 0 and cluster.instances < TELLS
        if own and cluster.provider == POSTGRES and copies.stuck(cluster) and not promised:
            yield waiting(topology, cluster, own)


def waiting(topology: Topology, cluster: DatabaseCluster, own: Synchronous) -> Fault:
    """The sum, and what to write."""
    base = ("databases", cluster.name)
    left = max(0, cluster.instances - 2)
    ever = own.number <= cluster.instances - 1
    instances = term(topology, f"{cluster.instances} instances", (*base, "instances"))
    number = term(topology, f"{own.number}", (*base, "synchronous", "number"))
    sum_ = (
        f"{instances} - 1 primary - 1 replica away = {left}"
        if ever
        else f"{instances} - 1 primary = {cluster.instances - 1} replicas"
    )
    more = f"instances: {own.number + 2}"
    return Fault(
        path=(*base, "synchronous", "number"),
        what=f'database "{cluster.name}" {"stops all writes while one replica is away" if ever else "can never acknowledge a write"}',
        why=f"{sum_}, but {number} must confirm each write, durability required: the commit waits until "
        f"{'the replica is back' if ever else 'there are more'}.",
        fix=f"number: {left}, or {more}" if left else f"{more}, or durability: preferred",
        related=(((*base, "instances"), "the members"),),
    )
