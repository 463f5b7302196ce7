"""`wireplan status`: the running system beside the model, asked of the cluster and, for Kafka, of a broker itself."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wireplan.rim import checked
from wireplan.rim.program.bodies import at
from wireplan.rim.program.settings import settings, usable
from wireplan.topology.types import DatabaseCluster, Service, Topology

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

APPS, CNPG = "apps/v1", "postgresql.cnpg.io/v1"
TOOL = "org.apache.kafka.tools"
JAVA = ("java", "-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp", "/opt/kafka/libs/*")
BROKER = "localhost:9092"
LAGS = re.compile(r"^(\S+)\s+(\S+)\s+(\d+)\s+(?:\d+|-)\s+\d+\s+(\d+)\s", re.MULTILINE)
UNDER_REPLICATED = re.compile(r"Topic:\s*(\S+)\s+Partition:\s*(\d+)")


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
    from wireplan.rim.program.kube import Cluster, NoAnswerError
    from wireplan.rim.trouble import Trouble

    topology = checked.topology(path, name)
    where = settings(topology.environment)
    usable(where)
    try:
        rows = tuple(all_rows(Cluster(where), topology))
    except NoAnswerError as error:
        raise Trouble(f"{where.context} does not answer", why=str(error)) from error
    return Observed(topology.system, topology.environment.name, rows)


def all_rows(cluster: "Cluster", topology: Topology) -> list[Row]:
    """Every part, in the order of the model."""
    found = [service(cluster, one) for one in topology.services.values()]
    if topology.kafka and topology.kafka.provider == "builtin":
        found += kafka(cluster, topology)
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
        return Row(part, replicas(wanted), "not there", well=False)
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
        return Row(part, wanted, "not there", well=False)
    ready = int(at(body, "status", "readyInstances") or 0)
    primary = at(body, "status", "currentPrimary") or "none"
    phase = str(at(body, "status", "phase") or "")
    note = f"primary {primary}" + ("" if ready >= one.instances else f"; {phase}")
    return Row(part, wanted, f"{ready} ready", ready >= one.instances, note)


def kafka(cluster: "Cluster", topology: Topology) -> list[Row]:
    """Brokers, replicas in sync, and each group's lag, as a broker tells them."""
    brokers = topology.kafka.brokers if topology.kafka else 0
    rows = [workload(cluster, "kafka", "StatefulSet", "kafka", brokers)]
    pod = next((one for one in cluster.pods("kafka") if pod_ready(one)), None)
    if pod is None:
        return rows
    name = str(at(pod, "metadata", "name"))
    behind = UNDER_REPLICATED.findall(
        tool(cluster, name, "TopicCommand", "--describe", "--under-replicated-partitions")
    )
    where = ", ".join(f"{topic}-{partition}" for topic, partition in behind[:3])
    rows.append(Row("partitions", "all in sync", f"{len(behind)} out of sync", not behind, where))
    lags = lag(tool(cluster, name, "consumer.group.ConsumerGroupCommand", "--describe", "--all-groups"))
    for consumed in (c for s in topology.services.values() for c in s.consumes.values()):
        count = lags.get((consumed.group, consumed.topic))
        told = "no offsets yet" if count is None else f"{count} behind"
        rows.append(Row(f"group {consumed.group}", f"reads {consumed.topic}", told, well=True))
    return rows


def pod_ready(pod: Any) -> bool:
    """Whether a pod is ready."""
    from wireplan.rim.program.diagnose import ready

    return ready(pod)


def tool(cluster: "Cluster", pod: str, command: str, *arguments: str) -> str:
    """What one of Kafka's own tools says, run beside a broker."""
    words = [*JAVA, f"{TOOL}.{command}", "--bootstrap-server", BROKER, *arguments]
    return cluster.execute(pod, "kafka", words)


def lag(text: str) -> dict[tuple[str, str], int]:
    """Records that each group has not read yet, by group and topic."""
    found: dict[tuple[str, str], int] = {}
    for group, topic, _, count in LAGS.findall(text):
        found[group, topic] = found.get((group, topic), 0) + int(count)
    return found


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
