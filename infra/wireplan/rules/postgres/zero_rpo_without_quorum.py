"""A database that promises to lose nothing and may promote a server that lacks acknowledged writes.

What: rpo is 0 and not all of these hold: 3 instances, synchronous replication to any 1 or more, durability required, failover quorum.
Why: without synchronous replication an acknowledged write may be on the primary alone. With it, any one of the replicas holds the write, and without the failover
quorum the operator may promote the other one. With durability preferred the primary acknowledges alone while a replica is away; then fails.
Fix: leave synchronous out with rpo: 0s and 3 instances (Wireplan then writes all of it), or promise less.
Source: cloudnative-pg docs/src/failover.md "Failover quorum"; cloudnative-pg issue 8790 (preferred lost data in 47 % of the runs); spec rows F3.1, F3.6.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, leave_out, rule
from wireplan.rules.words import listed, term, written
from wireplan.topology.durability import POSTGRES
from wireplan.topology.types import DatabaseCluster, Path, Topology

INSTANCES = 3  # one lost, one that holds the write, and one that can tell


@rule("PG001", Severity.ERROR, dev=Severity.WARNING)
def zero_rpo_without_quorum(topology: Topology) -> Iterator[Fault]:
    """Databases with rpo 0 against what it takes."""
    for cluster in topology.databases.values():
        if cluster.rpo == 0 and cluster.provider == POSTGRES:
            lacks = list(missing(cluster))
            if lacks:
                yield broken_promise(topology, cluster, lacks)


def missing(cluster: DatabaseCluster) -> Iterator[tuple[Path, str]]:
    """What of the needed things is not so: the path below the cluster, and words."""
    replication = cluster.synchronous
    if cluster.instances < INSTANCES:
        yield ("instances",), f"instances is {cluster.instances}, not {INSTANCES} or more"
    if replication is None:
        yield ("synchronous",), "replication is not synchronous"
        return
    if replication.method != "any" or replication.number < 1:
        yield (
            ("synchronous", "number"),
            f"it waits for {replication.method} {replication.number}, not any 1 or more",
        )
    if replication.durability != "required":
        yield ("synchronous", "durability"), f"durability is {replication.durability}, not required"
    if not replication.failover_quorum:
        yield ("synchronous", "failover_quorum"), "failover_quorum is off"


def broken_promise(topology: Topology, cluster: DatabaseCluster, lacks: list[tuple[Path, str]]) -> Fault:
    """One finding a cluster, at the first thing it lacks that a person wrote."""
    base = ("databases", cluster.name)
    told = [path for path, _ in lacks if written(topology, (*base, *path))]
    stalls = cluster.instances == INSTANCES - 1 and [path for path, _ in lacks] == [("instances",)]
    breach = (
        "stops all writes while its one replica is away"
        if stalls
        else "may lose acknowledged writes at a failover"
    )
    return Fault(
        path=(*base, *(told or [path for path, _ in lacks])[0]),
        what=f'database "{cluster.name}" promises rpo 0, but {breach}',
        why=f"{term(topology, 'rpo 0', (*base, 'rpo'))} needs {INSTANCES} instances, any 1 synchronous, durability required and a failover quorum; "
        f"here {listed(words for _, words in lacks)}. {schedule(cluster, stalls=stalls)}",
        fix=fix(cluster),
        related=(((*base, "rpo"), "the promise"),),
        mend=leave_out(*base, "synchronous") if cluster.instances >= INSTANCES else None,
    )


def schedule(cluster: DatabaseCluster, *, stalls: bool) -> str:
    """The shortest way to break the promise."""
    if stalls:
        return "1. The only replica restarts, or is promoted. 2. None is left to confirm a write, so every write waits."
    if cluster.synchronous is None or cluster.instances < 2:
        return "1. The primary acknowledges a write that no replica has. 2. Its disk fails."
    if cluster.synchronous.durability != "required":
        return "1. The replica is away, the primary acknowledges alone. 2. The primary fails, the replica comes back and is promoted."
    return "1. Replica a confirms the write, replica b has not got it. 2. The primary fails. 3. Replica b is promoted."


def fix(cluster: DatabaseCluster) -> str:
    """What to write."""
    if cluster.instances < INSTANCES:
        return f"instances: {INSTANCES}, and leave synchronous out; or an rpo above 0"
    return "leave synchronous out: Wireplan derives all of it from rpo: 0s"
