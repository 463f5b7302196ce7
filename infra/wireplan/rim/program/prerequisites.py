"""What a cluster must have before a system can be created on it, and what is somebody else's to bring: kinds and Secrets."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wireplan.manifests.thing import Object
from wireplan.rim.program.bodies import at, rows
from wireplan.rim.trouble import Trouble

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

OPERATORS = {
    "postgresql.cnpg.io": "CloudNativePG 1.28 or newer",
    "kafka.strimzi.io": "Strimzi 1.0 or newer",
    "monitoring.coreos.com": "the Prometheus operator",
}
# Where a Postgres Cluster names the keys of the store that it archives to; the operator reads them.
ARCHIVE = ("spec", "backup", "barmanObjectStore", "s3Credentials")
KEYS = ("accessKeyId", "secretAccessKey")


def check(cluster: "Cluster", objects: Sequence[Object]) -> None:
    """Refuse a cluster that lacks something, with all that it lacks.

    Raises:
        Trouble: it does.
    """
    lacking = [*kinds(cluster, objects), *secrets(cluster, objects)]
    if lacking:
        raise Trouble(
            f"the cluster is not ready for the system: it lacks {len(lacking)} {'thing' if len(lacking) == 1 else 'things'}",
            why="\n".join(lacking),
            fix="bring what is named, then run the same command again",
        )


def kinds(cluster: "Cluster", objects: Sequence[Object]) -> Iterator[str]:
    """Kinds that the API server does not know; installing operators is the platform team's act."""
    wanted: dict[str, set[str]] = {}
    for one in objects:
        version = str(one.body["apiVersion"])
        if "." in version.partition("/")[0] and not version.partition("/")[0].endswith(".k8s.io"):
            wanted.setdefault(version, set()).add(one.kind)
    for version, names in sorted(wanted.items()):
        known = {str(one.get("kind")) for one in rows(cluster.get(f"/apis/{version}"), "resources")}
        missing = sorted(names - known)
        if missing:
            who = OPERATORS.get(version.partition("/")[0], "the operator that serves it")
            yield f"{version} with {', '.join(missing)}: install {who}"


def secrets(cluster: "Cluster", objects: Sequence[Object]) -> Iterator[str]:
    """Secrets that pods use and nobody makes: certificates of edges outside of development, keys of outside systems."""
    for name in sorted(given(objects)):
        if cluster.find("v1", "Secret", name) is None:
            yield f"the Secret {name} in namespace {cluster.namespace}: it is yours to bring (kubectl create secret, cert-manager)"


def given(objects: Sequence[Object]) -> set[str]:
    """Names of Secrets that pods mount or read, or backups sign with, and that are not among the objects."""
    made = {one.name for one in objects if one.kind == "Secret"}
    used: set[str] = set()
    for one in objects:
        for volume in rows(one.body, "spec", "template", "spec", "volumes"):
            used.add(str(at(volume, "secret", "secretName") or ""))
        for container in rows(one.body, "spec", "template", "spec", "containers"):
            for variable in rows(container, "env"):
                used.add(str(at(variable, "valueFrom", "secretKeyRef", "name") or ""))
        for key in KEYS:
            used.add(str(at(one.body, *ARCHIVE, key, "name") or ""))
    return used - made - {""}
