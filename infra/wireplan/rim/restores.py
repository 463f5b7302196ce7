"""The proof that a backup restores: a copy of the cluster out of its archive, looked into, and taken down again (spec row F3.5).

Two rows are written into a table of its own, and the copy ends at the place in the log between them: it must have the first and not
the second. So what is proved is the archive up to now and not only the base backup, and that a chosen moment is met.
"""

import secrets
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wireplan.manifests.providers.postgres import cloudnative_pg, restored
from wireplan.rim.program.bodies import at
from wireplan.rim.talk import say, step
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import DatabaseCluster, Topology

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

CONTAINER = MAINTENANCE = "postgres"
"""What a member's container is called, and the database that belongs to no service."""
SECONDS = 60.0
"""For one question to a member."""
POLL, TELL = 1.0, 20.0

LEDGER = """
create schema if not exists wireplan;
create table if not exists wireplan.restores (word text primary key, written_at timestamptz not null default now());
delete from wireplan.restores where written_at < now() - interval '90 days';
"""
WRITE = "insert into wireplan.restores (word) values ('{word}')"
READ = "select word from wireplan.restores where word in ('{before}', '{after}')"
DATABASES = "select datname from pg_database where not datistemplate and datname <> 'postgres' order by 1"
TABLES = "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
ARCHIVED = "select coalesce(max(last_archived_wal), '') from pg_stat_archiver"


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the copy has to end, and what it has to hold: the first row, not the second, and so many tables a database."""

    before: str
    after: str
    place: str
    file: str
    tables: dict[str, int]


def proved(kube: "Cluster", topology: Topology, cluster: DatabaseCluster, limit: float) -> str:
    """Restore one cluster and look into the copy; what was found good.

    Raises:
        Trouble: there is no base backup, something took longer than `limit` seconds, or the copy lacks something.
    """
    begin, primary = time.monotonic(), origin(kube, cluster)
    with step(f"database {cluster.name}: two rows into its archive"):
        mark = marked(kube, primary)
        until(lambda: archived(kube, primary, mark.file), f"{mark.file} in the archive", limit)
    with (
        step(f"database {cluster.name}: a copy out of its backups"),
        copy(kube, topology, cluster, mark.place),
    ):
        pod = f"{restored.name(cluster)}-1"
        until(lambda: up(kube, cluster), "the copy", limit)
        compare(kube, pod, mark)
        kube.execute(pod, CONTAINER, ["pg_amcheck", "--all", "--install-missing"], limit)
    seconds = time.monotonic() - begin
    note(kube, topology, cluster, seconds)
    held = f"{len(mark.tables)} databases, {sum(mark.tables.values())} tables"
    return f"{cluster.name}: restored and verified in {seconds:.0f} s: {held}"


def origin(kube: "Cluster", cluster: DatabaseCluster) -> str:
    """The primary of the cluster, if it has a base backup."""
    body = kube.find(cloudnative_pg.API, "Cluster", cluster.resource)
    if not at(body, "status", "firstRecoverabilityPoint"):
        raise Trouble(
            f"database {cluster.name} has no base backup yet",
            fix=f"see why: kubectl get backups,scheduledbackups -n {kube.namespace}",
        )
    return str(at(body, "status", "currentPrimary"))


def marked(kube: "Cluster", primary: str) -> Mark:
    """Write the two rows, and close the file of the log that holds them, so that it is archived at once."""
    word = secrets.token_hex(8)
    before, after = f"{word}-before", f"{word}-after"
    ask(kube, primary, LEDGER)
    ask(kube, primary, WRITE.format(word=before))
    (place,) = ask(kube, primary, "select pg_current_wal_lsn()")
    ask(kube, primary, WRITE.format(word=after))
    (file,) = ask(kube, primary, "select pg_walfile_name(pg_current_wal_lsn())")
    ask(kube, primary, "select pg_switch_wal()")
    return Mark(before, after, place, file, tables(kube, primary))


def compare(kube: "Cluster", pod: str, mark: Mark) -> None:
    """Whether the copy holds what it has to.

    Raises:
        Trouble: it does not.
    """
    words = set(ask(kube, pod, READ.format(before=mark.before, after=mark.after)))
    if words != {mark.before}:
        lacks = (
            "lacks what was written before it"
            if mark.before not in words
            else "holds what was written after it"
        )
        raise Trouble(f"the copy does not end at the moment it was to be restored to: it {lacks}")
    found = tables(kube, pod)
    if found != mark.tables:
        raise Trouble(
            f"the copy holds other tables than the cluster: {found}, not {mark.tables}",
            fix="no migration may run meanwhile; then run this again",
        )


def tables(kube: "Cluster", pod: str) -> dict[str, int]:
    """How many tables each database of a service has."""
    return {name: int(ask(kube, pod, TABLES, name)[0]) for name in ask(kube, pod, DATABASES)}


def archived(kube: "Cluster", primary: str, file: str) -> bool:
    """Whether the archive has a file of the log: names grow with time, over failovers too."""
    (last,) = ask(kube, primary, ARCHIVED) or [""]
    return last[: len(file)] >= file


def up(kube: "Cluster", cluster: DatabaseCluster) -> bool:
    """Whether the copy answers."""
    body = kube.find(cloudnative_pg.API, "Cluster", restored.name(cluster))
    return at(body, "status", "readyInstances") == 1


def ask(kube: "Cluster", pod: str, statement: str, database: str = MAINTENANCE) -> list[str]:
    """What a member answers to one statement, a line a row."""
    words = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
    said = kube.execute(pod, CONTAINER, [*words, f"--dbname={database}", f"--command={statement}"], SECONDS)
    return [line for line in said.splitlines() if line]


def until(condition: Callable[[], bool], what: str, limit: float) -> None:
    """Wait, and say so now and then.

    Raises:
        Trouble: it took too long.
    """
    begin = told = time.monotonic()
    while not condition():
        now = time.monotonic()
        if now - begin > limit:
            raise Trouble(
                f"{what}: not there after {limit:.0f} s",
                fix="wireplan status; kubectl describe says more; --limit waits longer",
            )
        if now - told > TELL:
            told = now
            say(f"    waiting for {what}, {now - begin:.0f} s")
        time.sleep(POLL)


@contextmanager
def copy(kube: "Cluster", topology: Topology, cluster: DatabaseCluster, place: str) -> Generator[None]:
    """A copy up to a place in the log. It is taken down however this ends; what an interrupted run left goes first, with its volume.

    Raises:
        Trouble: something else has its name, or the last copy does not go.
    """
    bodies = [*restored.policies_of(topology, cluster), restored.copy(topology, cluster, place)]
    for body in bodies:
        refuse(kube, body)
    drop(kube, bodies)
    until(lambda: not left(kube, cluster), "the last copy to go", SECONDS)
    try:
        for body in bodies:
            kube.send("POST", place_of(kube, body, listed=True), body, "application/json")
        yield
    finally:
        drop(kube, bodies)


def refuse(kube: "Cluster", body: dict[str, Any]) -> None:
    """Leave alone what only has the name of something of ours.

    Raises:
        Trouble: there is such a thing.
    """
    kind, name = str(body["kind"]), str(body["metadata"]["name"])
    found = kube.find(str(body["apiVersion"]), kind, name)
    if found and not restored.mine(found):
        raise Trouble(
            f"{kind} {name} is there, and is no copy of ours",
            why="a copy would be made under this name, and be deleted at the end",
            fix="give it another name, or delete it if nobody needs it",
        )


def left(kube: "Cluster", cluster: DatabaseCluster) -> bool:
    """Whether anything of a copy is left: a new one would take over its volume."""
    selector = f"{cloudnative_pg.CLUSTER_LABEL}={restored.name(cluster)}"
    return any(kube.items("v1", kind, selector) for kind in ("Pod", "PersistentVolumeClaim"))


def drop(kube: "Cluster", bodies: list[dict[str, Any]]) -> None:
    """Delete objects; the operator deletes the copy's pod and volume with it."""
    for body in reversed(bodies):
        kube.send("DELETE", place_of(kube, body))


def place_of(kube: "Cluster", body: dict[str, Any], *, listed: bool = False) -> str:
    """The path of an object, or of the list that it belongs to."""
    from wireplan.rim.program.kube import address

    name = "" if listed else str(body["metadata"]["name"])
    return address(str(body["apiVersion"]), str(body["kind"]), kube.namespace, name)


def last(kube: "Cluster", cluster: DatabaseCluster) -> dict[str, str]:
    """When a restore was last proved (`verified_at`), and how long it took (`seconds`); empty where none was."""
    return at(kube.find("v1", "ConfigMap", restored.proof(cluster)), "data") or {}


def note(kube: "Cluster", topology: Topology, cluster: DatabaseCluster, seconds: float) -> None:
    """Write down that a restore was proved now."""
    data = {"verified_at": datetime.now(UTC).isoformat(timespec="seconds"), "seconds": f"{seconds:.0f}"}
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": restored.metadata(topology, cluster) | {"name": restored.proof(cluster)},
        "data": data,
    }
    if not kube.send("PATCH", place_of(kube, body), {"data": data}):
        kube.send("POST", place_of(kube, body, listed=True), body, "application/json")
