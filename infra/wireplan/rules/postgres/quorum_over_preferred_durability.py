"""A failover quorum that counts on writes which preferred durability acknowledges alone.

What: failover_quorum is on (it is, unless written) while durability is preferred, and the database does not promise rpo 0 (that is PG001's).
Why: with preferred, the primary goes on alone while its replicas are away, and what it acknowledges then is on one disk. The quorum asks how many replicas confirm a
write by the settings of the moment: once they are back in the list, before they have caught up, it counts them and promotes one. It costs failovers that are refused, and keeps nothing.
Fix: durability: required, with a replica to spare; or failover_quorum: false, and what a failover may lose is said openly.
Source: cloudnative-pg issue 8790 (preferred with the quorum lost data in 47 % of a tester's runs), issue 10547 (such a cluster may never become ready);
docs/src/failover.md "Failover quorum". Narrowed here: with rpo 0 the same is PG001; a streaming startup probe cannot be written. A warning, since more than 0 was promised.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term, written
from wireplan.topology.durability import POSTGRES
from wireplan.topology.types import DatabaseCluster, Topology


@rule("PG002", Severity.WARNING)
def quorum_over_preferred_durability(topology: Topology) -> Iterator[Fault]:
    """Databases whose replication goes on alone, and whose failover believes that it does not."""
    for cluster in topology.databases.values():
        own = cluster.synchronous
        if cluster.provider != POSTGRES or own is None or cluster.rpo == 0:
            continue
        if own.durability == "preferred" and own.failover_quorum:
            yield blind(topology, cluster)


def blind(topology: Topology, cluster: DatabaseCluster) -> Fault:
    """The shortest schedule that loses what was acknowledged."""
    base = ("databases", cluster.name, "synchronous")
    durability, quorum = (*base, "durability"), (*base, "failover_quorum")
    on = (
        term(topology, "failover_quorum true", quorum)
        if written(topology, quorum)
        else "failover_quorum true (default)"
    )
    return Fault(
        path=durability,
        what=f'database "{cluster.name}" has a failover quorum that does not see what its primary acknowledged alone',
        why=f"{term(topology, 'durability preferred', durability)} and {on}: 1. The replicas are away, the primary acknowledges alone. 2. One comes back and is "
        "listed as synchronous before it has caught up. 3. The primary dies; the quorum counts the replica and promotes it.",
        fix="durability: required, or failover_quorum: false",
        related=((quorum, "the quorum"),),
    )
