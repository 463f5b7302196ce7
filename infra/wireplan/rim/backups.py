"""Backups of a running system: what they are worth now, and the proof that they restore (spec row F3.5).

When a restore was last proved stands in a ConfigMap beside the cluster.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wireplan.manifests.providers.postgres import cloudnative_pg
from wireplan.report.backups import Backups
from wireplan.rim import checked, restores
from wireplan.rim.program.bodies import at
from wireplan.rim.program.diagnose import condition
from wireplan.rim.program.settings import settings, usable
from wireplan.rim.trouble import Trouble
from wireplan.topology.types import Backup, DatabaseCluster, Topology

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster


def look(path: Path, name: str, only: str = "") -> tuple[Topology, list[Backups]]:
    """The topology, and what the backups of each of its clusters are worth, or of the one that is called so.

    Raises:
        Trouble: no cluster, or none that answers; it has no backups.
    """
    from wireplan.rim.program.kube import Cluster, answering

    topology = checked.topology(path, name)
    wanted = meant(topology, only)
    where = settings(topology.environment)
    usable(where)
    with answering(where.context):
        kube, now = Cluster(where), datetime.now(UTC)
        return topology, [told(kube, cluster, backup, now) for cluster, backup in wanted]


def verify(path: Path, name: str, only: str = "", limit: float = 3600.0) -> Iterator[str]:
    """Restore each cluster, or the one that is called so, and look into the copy: a line for each that was good, at once.

    Raises:
        Trouble: there is no such cluster, no backup, a copy did not come up within `limit` seconds, or lacks something.
    """
    from wireplan.rim.program.kube import Cluster, answering

    topology = checked.topology(path, name)
    wanted = meant(topology, only)
    if not wanted:
        raise unknown(topology, only)
    where = settings(topology.environment)
    usable(where)
    with answering(where.context):
        kube = Cluster(where)
        for cluster, _ in wanted:
            yield restores.proved(kube, topology, cluster, limit)


def meant(topology: Topology, only: str) -> list[tuple[DatabaseCluster, Backup]]:
    """The clusters that have backups, or the one of them that is called so.

    Raises:
        Trouble: none is called so.
    """
    found = [each for each in kept(topology) if only in ("", each[0].name)]
    if only and not found:
        raise unknown(topology, only)
    return found


def unknown(topology: Topology, only: str) -> Trouble:
    """What is said where nothing is meant."""
    known = ", ".join(cluster.name for cluster, _ in kept(topology))
    what = (
        f"{topology.system} has no cluster {only} with backups"
        if only
        else f"{topology.system} has no backups"
    )
    return Trouble(
        f"{what} in {topology.environment.name}",
        fix=f"clusters: {known}" if known else "databases: {NAME: {backup: {to: BUCKET}}}",
    )


def kept(topology: Topology) -> list[tuple[DatabaseCluster, Backup]]:
    """The clusters of ours that have backups."""
    found = sorted(topology.databases.items())
    return [(each, each.backup) for _, each in found if each.backup and each.provider == "cloudnative-pg"]


def told(kube: "Cluster", cluster: DatabaseCluster, backup: Backup, now: datetime) -> Backups:
    """What the operator and the last proof say of one cluster."""
    body = kube.find(cloudnative_pg.API, "Cluster", cluster.resource)
    proof = restores.last(kube, cluster)
    verified, took = age(proof.get("verified_at"), now), proof.get("seconds", "")
    return Backups(
        cluster=cluster.name,
        reach=age(at(body, "status", "firstRecoverabilityPoint"), now),
        base=age(at(body, "status", "lastSuccessfulBackup"), now),
        archived=(condition(body or {}, "ContinuousArchiving") or {}).get("status") == "True",
        verified=verified,
        took=float(took) if verified is not None and took.isdecimal() else None,
        every=backup.every,
        verify=backup.verify,
    )


def age(stamp: object, now: datetime) -> float | None:
    """Seconds since a time as Kubernetes writes it; None where there was none, or somebody wrote what is no time."""
    try:
        then = datetime.fromisoformat(str(stamp))
    except ValueError:
        return None
    return (now - then).total_seconds() if then.tzinfo else None
