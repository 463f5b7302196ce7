"""Backups that are thrown away before anybody has tried to restore one.

What: backup.verify is 0, or longer than backup.keep, or longer than 30 days.
Why: a backup that does not restore (a missing key, a gap in the log, a version that went) looks like one that does. If it is found out later than backups are kept, all
that are left are of the same kind, and the last good one has been deleted.
Fix: verify more often than backups are kept, and at least every 30 days; or keep them longer.
Source: cloudnative-pg docs/src/backup.md ("regularly test restoring"), docs/src/recovery.md; spec row F3.5. Corrected here: the bound follows from keep, and 30 days are a warning.
That a check restores beside the archive and not into it is not for a topology to say.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, leave_out, rule
from wireplan.rules.words import DAY, duration, term
from wireplan.topology.types import Backup, DatabaseCluster, Topology

MONTH = 30 * DAY


@rule("PG009", Severity.ERROR)
def backups_gone_before_they_are_tested(topology: Topology) -> Iterator[Fault]:
    """How often a restore is tried against how long backups are kept."""
    for cluster in topology.databases.values():
        own = cluster.backup
        if own is None:
            continue
        if own.verify == 0:
            yield never(cluster)
        elif own.verify > own.keep:
            yield too_late(topology, cluster, own)
        elif own.verify > MONTH:
            yield seldom(topology, cluster, own)


def never(cluster: DatabaseCluster) -> Fault:
    """No restore at all."""
    return Fault(
        path=("databases", cluster.name, "backup", "verify"),
        what=f'no backup of database "{cluster.name}" is ever restored',
        why="1. A change makes backups useless, and each still ends well. 2. The database is lost. 3. The first restore is the one that is needed, and fails.",
        fix="leave verify out: a restore is tried weekly",
        mend=leave_out("databases", cluster.name, "backup", "verify"),
    )


def too_late(topology: Topology, cluster: DatabaseCluster, own: Backup) -> Fault:
    """The sum, and the schedule that it allows."""
    base = ("databases", cluster.name, "backup")
    verify = term(topology, f"verify {duration(own.verify)}", (*base, "verify"))
    keep = term(topology, f"keep {duration(own.keep)}", (*base, "keep"))
    return Fault(
        path=(*base, "verify"),
        what=f'database "{cluster.name}" deletes its last good backup before it finds out that the others are bad',
        why=f"{verify} > {keep}. 1. Right after a check, backups begin to be useless. 2. After {duration(own.keep)} the last good one is deleted. "
        f"3. The next check, {duration(own.verify - own.keep)} later, finds only bad ones.",
        fix=f"verify: {duration(own.keep)} or less, or keep: {duration(own.verify)} or more",
        related=(((*base, "keep"), "how long they are kept"),),
    )


def seldom(topology: Topology, cluster: DatabaseCluster, own: Backup) -> Fault:
    """A restore that was tried too long ago to be believed."""
    path = ("databases", cluster.name, "backup", "verify")
    return Fault(
        path=path,
        what=f'a restore of database "{cluster.name}" is tried every {duration(own.verify)}',
        why=f"{term(topology, f'verify {duration(own.verify)}', path)}: for so long nobody knows whether there is a way back.",
        fix=f"verify: {duration(MONTH)}, or less",
        severity=Severity.WARNING,
    )
