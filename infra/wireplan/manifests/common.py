"""Small objects that more than one thing has: accounts, budgets, Services, configuration, Jobs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from wireplan.manifests import labels, quantity
from wireplan.manifests.thing import Body, Component, Object, Value
from wireplan.topology import capacity
from wireplan.topology.types import Replicas, Topology, Volume

CHECKSUM = f"{labels.OWN}checksum"
VALUES = f"{labels.OWN}values"
SCALE_UP_WAIT = (
    60  # seconds; a peak shorter than that is over before a new pod is of help, and groups rebalance for each
)
SCALE_DOWN_WAIT = 300  # Kubernetes' own default: a lull is not yet the end of the load
dumps = json.JSONEncoder(ensure_ascii=False).encode
SHORT = 10  # hexadecimal digits of a hash in a name


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose objects are being made: name, role (the label `component`), place in the tree, and what comes before."""

    topology: Topology
    name: str
    role: str
    component: Component
    after: tuple[Component, ...] = ()

    @property
    def selector(self) -> dict[str, str]:
        """Selects the owner's pods."""
        return labels.selector(self.topology, self.name)

    def metadata(
        self, name: str = "", version: str = "", annotations: Mapping[str, str] | None = None
    ) -> Body:
        """Metadata of one of the owner's objects."""
        body: Body = {
            "name": name or self.name,
            "namespace": self.topology.environment.namespace,
            "labels": labels.of(self.topology, self.name, self.role, version),
        }
        if annotations:
            body["annotations"] = dict(annotations)
        return body

    def object(
        self,
        body: Body,
        *,
        holds: str = "",
        condition: str = "",
        values: Mapping[str, Value] | None = None,
    ) -> Object:
        """An object of the owner's component."""
        return Object(self.component, body, self.after, holds, values or {}, condition)


def account(owner: Owner) -> Object:
    """A ServiceAccount of its own, whose token no pod gets."""
    body: Body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": owner.metadata()}
    return owner.object({**body, "automountServiceAccountToken": False})


def budget(owner: Owner) -> Object:
    """At most one pod down at a time by choice; a pod that is sick anyway never blocks a drain."""
    spec: Body = {
        "maxUnavailable": 1,
        "selector": {"matchLabels": owner.selector},
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }
    return owner.object(
        {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": owner.metadata(), "spec": spec}
    )


def autoscaler(owner: Owner, kind: str, replicas: Replicas) -> Object:
    """A HorizontalPodAutoscaler on CPU. Lag as a metric needs an adapter (KEDA) that a cluster may not have."""
    target = {"type": "Utilization", "averageUtilization": capacity.scale_percent(replicas)}
    spec: Body = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": owner.name},
        "minReplicas": replicas.min,
        "maxReplicas": replicas.max,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        "behavior": {
            "scaleUp": {"stabilizationWindowSeconds": SCALE_UP_WAIT},
            "scaleDown": {"stabilizationWindowSeconds": SCALE_DOWN_WAIT},
        },
    }
    return owner.object(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": owner.metadata(),
            "spec": spec,
        }
    )


def headless(owner: Owner, ports: Sequence[Body], *, unready: bool = False) -> Object:
    """A headless Service: DNS answers with the pods themselves, and clients balance over them (spec rows A3, A5, A6)."""
    spec: Body = {
        "type": "ClusterIP",
        "clusterIP": "None",
        "publishNotReadyAddresses": unready,
        "selector": owner.selector,
        "ports": list(ports),
    }
    body: Body = {"apiVersion": "v1", "kind": "Service", "metadata": owner.metadata(), "spec": spec}
    return owner.object(body)


def service_port(name: str, number: int, protocol: str = "TCP", application: str = "") -> Body:
    """A named port of a Service; headless Services do not translate, so target and port are the same."""
    body: Body = {"name": name, "port": number, "protocol": protocol, "targetPort": name}
    if application:
        body["appProtocol"] = application
    return body


def config(owner: Owner, name: str, files: Mapping[str, str]) -> Object:
    """A ConfigMap of files."""
    return owner.object(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": owner.metadata(name), "data": dict(files)}
    )


def secret(
    owner: Owner,
    name: str,
    values: Mapping[str, Value],
    known: Mapping[str, str] | None = None,
    kind: str = "Opaque",
) -> Object:
    """A Secret without its values: the annotation says where each comes from. `known` are values that are no secret."""
    told = "; ".join(f"{key}: {value}" for key, value in values.items())
    body: Body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": owner.metadata(name, annotations={VALUES: told}),
        "type": kind,
    }
    if known:
        body["stringData"] = dict(known)
    return owner.object(body, values=values)


def lines(document: Mapping[str, object]) -> str:
    """JSON with a line for each value, and for each entry of a value that is a table of mappings (calls, topics): a change
    is one line to read, and the quick encoder, which knows no indents, does all of the work.
    """
    return "{\n" + ",\n".join(f'  "{key}": {value_lines(value)}' for key, value in document.items()) + "\n}\n"


def value_lines(value: object) -> str:
    """A value of the first level."""
    entries = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if not any(isinstance(one, dict) for one in entries.values()):
        return dumps(value)
    return "{\n" + ",\n".join(f"    {dumps(key)}: {dumps(one)}" for key, one in entries.items()) + "\n  }"


def checksum(*texts: str) -> str:
    """A hash that changes with the configuration: as an annotation of the pod template it makes pods roll."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def short_hash(*texts: str) -> str:
    """A hash for a name."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:SHORT]


def template(owner: Owner, version: str, spec: Body, checks: str = "") -> Body:
    """A pod template with its service's labels (spec row A2)."""
    metadata: Body = {"labels": labels.of(owner.topology, owner.name, owner.role, version)}
    if checks:
        metadata["annotations"] = {CHECKSUM: checks}
    return {"metadata": metadata, "spec": spec}


def job(owner: Owner, name: str, version: str, spec: Body) -> Object:
    """A Job that runs to its end once. Its name carries a hash of what it does, since a Job cannot be changed."""
    body: Body = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": owner.metadata(name, version),
        "spec": {
            "backoffLimit": 20,
            "template": template(owner, version, {**spec, "restartPolicy": "OnFailure"}),
        },
    }
    return owner.object(body)


def claim(name: str, volume: Volume) -> Body:
    """A claim template of a StatefulSet."""
    spec: Body = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": quantity.memory(volume.size)}},
    }
    if volume.storage_class:
        spec["storageClassName"] = volume.storage_class
    return {"metadata": {"name": name}, "spec": spec}
