"""`wireplan status`: the running system beside the model, asked of the cluster and, for Kafka, of a broker itself."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wireplan.manifests import kafka as manifest
from wireplan.manifests.providers.kafka.strimzi import API as STRIMZI
from wireplan.manifests.thing import Images, present
from wireplan.rim import checked, kafka_state
from wireplan.rim.program.bodies import at
from wireplan.rim.program.diagnose import condition
from wireplan.rim.program.settings import settings, usable
from wireplan.topology import names
from wireplan.topology.types import DatabaseCluster, Service, Topology

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

APPS, CNPG = "apps/v1", "postgresql.cnpg.io/v1"
NOT_THERE = "not there"


@dataclass(frozen=True, slots=True)
class Row:
    """One part: what the model wants, what there is, whether that is well, and a word more."""

    part: str
    wanted: str
    found: str
    well: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """A system as it runs."""

    system: str
    environment: str
    rows: tuple[Row, ...]

    @property
    def well(self) -> bool:
        """Whether everything is as the model wants it."""
        return all(row.well for row in self.rows)

    def document(self) -> dict[str, Any]:
        """For programs."""
        rows = [asdict(row) for row in self.rows]
        return {
            "version": 1,
            "system": self.system,
            "environment": self.environment,
            "well": self.well,
            "parts": rows,
        }


def observe(path: Path, name: str) -> Observed:
    """Look at a system.

    Raises:
        Trouble: no cluster, or none that answers.
    """
    from wireplan.rim.program.kube import Cluster, answering

    topology = checked.topology(path, name)
    where = settings(topology.environment)
    usable(where)
    with answering(where.context):
        rows = tuple(all_rows(Cluster(where), topology, checked.images(path, name)))
    return Observed(topology.system, topology.environment.name, rows)


def all_rows(cluster: "Cluster", topology: Topology, images: Images) -> list[Row]:
    """Every part, in the order of the model."""
    found = [service(cluster, one) for one in topology.services.values()]
    if topology.kafka:
        found += kafka(cluster, topology, images)
    found += [
        postgres(cluster, one) for one in topology.databases.values() if one.provider == "cloudnative-pg"
    ]
    for one in topology.caches.values():
        found.append(workload(cluster, f"cache {one.name}", "StatefulSet", one.resource, 1))
    if topology.object_store and topology.object_store.provider == "builtin":
        found.append(workload(cluster, "object store", "StatefulSet", topology.object_store.resource, 1))
    for edge in topology.edges.values():
        found.append(
            workload(
                cluster, f"edge {edge.name}", "Deployment", edge.resource, edge.replicas.min, edge.base_url
            )
        )
    return found


def service(cluster: "Cluster", one: Service) -> Row:
    """A service; under an autoscaler any number between the bounds is well."""
    kind = "StatefulSet" if one.identity == "stable" else "Deployment"
    row = workload(cluster, f"service {one.name}", kind, one.name, one.replicas.min)
    if not one.replicas.autoscaled:
        return row
    return Row(row.part, f"{one.replicas.min} to {one.replicas.max} replicas", row.found, row.well, row.note)


def workload(cluster: "Cluster", part: str, kind: str, name: str, wanted: int, note: str = "") -> Row:
    """Ready pods of a workload."""
    body = cluster.find(APPS, kind, name)
    if body is None:
        return Row(part, replicas(wanted), NOT_THERE, well=False)
    ready, asked = int(at(body, "status", "readyReplicas") or 0), int(at(body, "spec", "replicas") or 0)
    old = asked - int(at(body, "status", "updatedReplicas") or asked)
    rolling = f"{old} of an older version" if old > 0 else ""
    return Row(part, replicas(wanted), f"{ready} of {asked} ready", ready >= asked >= wanted, rolling or note)


def replicas(number: int) -> str:
    """A number of pods in words."""
    return f"{number} replica" if number == 1 else f"{number} replicas"


def postgres(cluster: "Cluster", one: DatabaseCluster) -> Row:
    """A Postgres cluster and its primary."""
    part, wanted = f"database {one.name}", f"{one.instances} instances"
    body = cluster.find(CNPG, "Cluster", one.resource)
    if body is None:
        return Row(part, wanted, NOT_THERE, well=False)
    ready = int(at(body, "status", "readyInstances") or 0)
    primary = at(body, "status", "currentPrimary") or "none"
    phase = str(at(body, "status", "phase") or "")
    note = f"primary {primary}" + ("" if ready >= one.instances else f"; {phase}")
    return Row(part, wanted, f"{ready} ready", ready >= one.instances, note)


def kafka(cluster: "Cluster", topology: Topology, images: Images) -> list[Row]:
    """Brokers, replicas in sync, and each group's lag, as Kafka itself tells them; under Strimzi what the operator says of it."""
    provider, brokers = present(topology.kafka).provider, present(topology.kafka).brokers
    rows: list[Row] = []
    if provider == "builtin":
        rows.append(workload(cluster, "kafka", "StatefulSet", names.KAFKA, brokers))
    elif provider == "strimzi":
        return [strimzi(cluster)]
    if "tools" not in images or not manifest.observable(topology) or any(r.found == NOT_THERE for r in rows):
        return rows
    name = f"kafka-observer-{secrets.token_hex(3)}"
    pod = manifest.observer(topology, images, name, Path(kafka_state.__file__).read_text())
    told = json.loads(cluster.run(pod, manifest.OBSERVE_SECONDS))
    return [*rows, *kafka_rows(topology, told)]


def kafka_rows(topology: Topology, told: Mapping[str, Any]) -> list[Row]:
    """What the observer told, beside the model."""
    wanted, there = present(topology.kafka).brokers, len(told["brokers"])
    rows = [Row("brokers", f"{wanted} registered", str(there), there >= wanted)]
    behind: list[tuple[str, int]] = told["behind"]
    where = ", ".join(f"{topic}/{partition}" for topic, partition in behind[:3])
    rows.append(Row("partitions", "all in sync", f"{len(behind)} out of sync", not behind, where))
    for consumed in (c for s in topology.services.values() for c in s.consumes.values()):
        lag = told["lags"].get(consumed.group, {}).get(consumed.topic)
        found = "no offsets yet" if lag is None else f"{lag} behind"
        rows.append(Row(f"group {consumed.group}", f"reads {consumed.topic}", found, well=True))
    return rows


def strimzi(cluster: "Cluster") -> Row:
    """What the operator says of its Kafka."""
    body = cluster.find(STRIMZI, "Kafka", names.KAFKA)
    if body is None:
        return Row("kafka", "ready", NOT_THERE, well=False)
    told = condition(body, "Ready") or {}
    well = told.get("status") == "True"
    return Row("kafka", "ready", "ready" if well else "not ready", well, str(told.get("message") or ""))


def table(observed: Observed) -> str:
    """For a person."""
    head = ("", "part", "wanted", "found", "")
    lines = [head, *(("ok" if r.well else "!!", r.part, r.wanted, r.found, r.note) for r in observed.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    told = [aligned(line, widths) for line in lines]
    bad = sum(not row.well for row in observed.rows)
    told.append(
        "all is well" if not bad else f"{bad} of {len(observed.rows)} parts are not as the model wants them"
    )
    return "\n".join(told) + "\n"


def aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    """One line of the table."""
    cells = [cell.ljust(width) for cell, width in zip(line[:4], widths, strict=True)]
    return "  ".join([*cells, line[4]]).rstrip()
