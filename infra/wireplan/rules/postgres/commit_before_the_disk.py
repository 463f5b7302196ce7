"""Settings by which a commit is acknowledged before a disk has it.

What: parameters switch fsync off; or, where rpo is 0, set synchronous_commit to off or local.
Why: without fsync the server says that a commit is on disk when it is in memory, on every member: nodes that lose power together, or one that comes back with half
written pages, leave nothing to promote. With synchronous_commit off or local no replica is asked, whatever synchronous replication is set up.
Fix: leave them out: fsync is on, synchronous_commit is on.
Source: postgresql.org/docs/current/runtime-config-wal.html; cloudnative-pg docs/src/failover.md (no guarantee for commits made with SET synchronous_commit TO
local), docs/src/postgresql_conf.md (fsync is not among the settings that the operator fixes). Not in the first list of rules.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term
from wireplan.topology.types import DatabaseCluster, Topology

OFF = frozenset({"off", "false", "no", "0"})  # how Postgres spells it


@rule("PG010", Severity.ERROR, dev=Severity.WARNING)
def commit_before_the_disk(topology: Topology) -> Iterator[Fault]:
    """Parameters of databases."""
    for cluster in topology.databases.values():
        if cluster.parameters.get("fsync", "on").lower() in OFF:
            yield unflushed(cluster)
        commit = cluster.parameters.get("synchronous_commit", "on").lower()
        if cluster.rpo == 0 and (commit in OFF or commit == "local"):
            yield alone(topology, cluster, commit)


def unflushed(cluster: DatabaseCluster) -> Fault:
    """Commits that are in memory."""
    return Fault(
        path=("databases", cluster.name, "parameters", "fsync"),
        what=f'database "{cluster.name}" acknowledges commits that are in memory only',
        why="1. A commit is acknowledged; its log is in the memory of the nodes. 2. They lose power, or the kernel of one stops. "
        "3. Its files are older than what it acknowledged, and may hold half of a page: it cannot be trusted to start.",
        fix='fsync: "on", or leave it out',
        becomes='"on"',
    )


def alone(topology: Topology, cluster: DatabaseCluster, commit: str) -> Fault:
    """Commits that no replica was asked for."""
    path = ("databases", cluster.name, "parameters", "synchronous_commit")
    held = "in memory" if commit in OFF else "on its own disk"
    return Fault(
        path=path,
        what=f'database "{cluster.name}" promises rpo 0, but acknowledges a commit before a replica has it',
        why=f"{term(topology, 'rpo 0', ('databases', cluster.name, 'rpo'))}, {term(topology, f'synchronous_commit {commit}', path)}: "
        f"1. The primary acknowledges a commit that is {held}. 2. It dies. 3. A replica is promoted that never got it.",
        fix='synchronous_commit: "on", or leave it out',
        related=((("databases", cluster.name, "rpo"), "the promise"),),
        becomes='"on"',
    )
