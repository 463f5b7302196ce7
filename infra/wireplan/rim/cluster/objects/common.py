"""What the cluster's own objects have in common."""

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]


def meta(name: str, namespace: str = "", labels: Mapping[str, str] | None = None) -> Object:
    """An object's metadata, with the label that says it belongs to the cluster itself."""
    found: Object = {
        "name": name,
        "labels": {**(labels or {}), "app.kubernetes.io/managed-by": "wireplan-cluster"},
    }
    if namespace:
        found["namespace"] = namespace
    return found


def restricted() -> Object:
    """The security context of a container that needs nothing."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def deployment(name: str, labels: Mapping[str, str], replicas: int, pod: Object) -> Object:
    """A deployment in kube-system whose pods spread over the nodes and leave a dead one soon."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(labels)},
    }
    soon = [
        {
            "key": f"node.kubernetes.io/{state}",
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": 10,
        }
        for state in ("not-ready", "unreachable")
    ]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": meta(name, "kube-system", labels),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": dict(labels)},
            "template": {
                "metadata": {"labels": dict(labels)},
                "spec": {**pod, "topologySpreadConstraints": [spread], "tolerations": soon},
            },
        },
    }
