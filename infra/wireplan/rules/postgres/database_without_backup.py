"""A database that nothing but itself can bring back.

What: in an environment of profile prod, a database has no backup, or keeps its backups in a bucket that need not survive (durable: false); or a patch gives a
ScheduledBackup a schedule of other than six fields.
Why: replicas copy a mistake as faithfully as an order: a DELETE without its WHERE, a migration gone wrong or an attacker is on all members within a second. Only a
base backup and the archived log lead back to the moment before.
Fix: backup: {to: BUCKET}; the log is archived all the time, and a base backup taken weekly unless said.
Source: cloudnative-pg docs/src/backup.md; spec row F3.5. Narrowed here: a file that names no environment is a draft, dev makes its data anew, an external
database is not ours. The operator reads five fields of cron from the seconds on: "0 3 * * *" is each hour at minute 3.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term, written
from wireplan.topology import patched
from wireplan.topology.durability import POSTGRES
from wireplan.topology.types import Backup, DatabaseCluster, Path, Topology

FIELDS = 6  # seconds first


@rule("PG008", Severity.ERROR)
def database_without_backup(topology: Topology) -> Iterator[Fault]:
    """Databases of environments that can have backups; schedules that patches write."""
    where = topology.environment
    if where.profile == "prod" and written(topology, ("environment",)):
        for cluster in topology.databases.values():
            if cluster.provider == POSTGRES and cluster.databases:
                yield from lost(topology, cluster)
    for path, _, merge in patched.merges(topology, "ScheduledBackup"):
        schedule = patched.at(merge, "spec", "schedule")
        if isinstance(schedule, str) and fields(schedule) != FIELDS:
            yield misread((*path, "spec", "schedule"), schedule)


def fields(schedule: str) -> int:
    """Fields of a schedule, its time zone aside; `@daily` and `@every 6h` are taken as they are."""
    words = [word for word in schedule.split() if not word.startswith(("TZ=", "CRON_TZ="))]
    return FIELDS if schedule.startswith("@") else len(words)


def misread(path: Path, schedule: str) -> Fault:
    """A schedule whose first field is not taken for what it was meant to be."""
    whole = f'"0 {schedule}"' if fields(schedule) == FIELDS - 1 and "=" not in schedule else None
    return Fault(
        path=path,
        what=f'the schedule "{schedule}" has {fields(schedule)} fields, the operator reads {FIELDS}',
        why="Its first field is seconds, so every field means what the one after it was meant to say.",
        fix=whole or "second, minute, hour, day, month, day of the week",
        becomes=whole,
    )


def lost(topology: Topology, cluster: DatabaseCluster) -> Iterator[Fault]:
    """A database without backups, or with backups that go with the bucket."""
    base = ("databases", cluster.name)
    if cluster.backup is None:
        members = term(topology, f"{cluster.instances} members", (*base, "instances"))
        yield Fault(
            path=(*base, "backup"),
            what=f'database "{cluster.name}" has no backup',
            why=f"1. Rows are acknowledged and on all {members}. 2. A migration or a person deletes them; within a second all members have done the same. "
            "3. There is no earlier state anywhere.",
            fix="backup: {to: BUCKET}",
        )
    elif cluster.backup.to in topology.buckets and not topology.buckets[cluster.backup.to].durable:
        yield with_the_bucket(topology, cluster, cluster.backup)


def with_the_bucket(topology: Topology, cluster: DatabaseCluster, backup: Backup) -> Fault:
    """Backups that need not survive."""
    durable = ("buckets", backup.to, "durable")
    kept = term(topology, f"kept {duration(backup.keep)}", ("databases", cluster.name, "backup", "keep"))
    return Fault(
        path=("databases", cluster.name, "backup", "to"),
        what=f'database "{cluster.name}" keeps its backups in bucket "{backup.to}", whose objects need not survive',
        why=f"Backups are to be {kept}, but {term(topology, 'durable: false', durable)} says that what is in the bucket need not survive: "
        "on the day that takes the database, nothing promises that they are there.",
        fix=f"buckets.{backup.to}.durable: true, or another bucket",
        related=((durable, "the bucket"),),
    )
