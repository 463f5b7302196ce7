"""Install the cluster's own parts: rights, storage class, DNS, metrics, the Postgres operator."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wireplan.rim import engines, process
from wireplan.rim.cluster.api import Api, holds, listed
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.cluster.objects import dns, ground, metrics

# Where the API keeps each kind of object that our parts are made of.
PLURALS = {
    "ServiceAccount": "serviceaccounts",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "RoleBinding": "rolebindings",
    "ConfigMap": "configmaps",
    "Service": "services",
    "Deployment": "deployments",
    "StorageClass": "storageclasses",
    "APIService": "apiservices",
}

EXPECTED = ("kube-system/coredns", "kube-system/metrics-server", "cnpg-system/cnpg-controller-manager")


def address(wanted: dict[str, Any]) -> str:
    """Where the API keeps the object."""
    version = wanted["apiVersion"]
    group = f"/apis/{version}" if "/" in version else f"/api/{version}"
    namespace = wanted["metadata"].get("namespace")
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"{group}{scope}/{PLURALS[wanted['kind']]}/{wanted['metadata']['name']}"


def install_parts(layout: Layout, api: Api, images: Mapping[str, str]) -> None:
    """Rights, storage class, DNS and metrics, with these images."""
    forward = bool((layout.settings / "resolv.conf").read_text())
    wanted = [
        *ground.objects(),
        *dns.objects(images["coredns"], forward=forward),
        *metrics.objects(images["metrics-server"]),
    ]
    for item in wanted:
        api.apply(address(item), item)


def install_operator(kubeconfig: Path, context: str) -> None:
    """CloudNativePG, from the release manifest of the very module that its program was built from."""
    manifest = engines.path("cnpg-manifest")
    flags = [
        "apply",
        "--server-side",
        "--force-conflicts",
        "--field-manager=wireplan-cluster",
        "--filename",
        str(manifest),
    ]
    process.output([*kubectl(kubeconfig, context), *flags])


def kubectl(kubeconfig: Path, context: str) -> list[str]:
    """kubectl, on this cluster and no other."""
    return [str(engines.path("kubectl")), f"--kubeconfig={kubeconfig}", f"--context={context}"]


def deployments(api: Api) -> dict[str, bool]:
    """The deployments of the cluster's own parts, and whether each is available."""
    found: dict[str, bool] = {}
    for namespace in ("kube-system", "cnpg-system"):
        for item in api.items(f"/apis/apps/v1/namespaces/{namespace}/deployments"):
            found[f"{namespace}/{item['metadata']['name']}"] = holds(item, "Available")
    return found


def reasons(api: Api) -> str:
    """What the cluster says of its own pods that are not ready: one line each."""
    lines: list[str] = []
    for namespace in ("kube-system", "cnpg-system"):
        for pod in api.items(f"/api/v1/namespaces/{namespace}/pods"):
            for container in listed(pod, "status", "containerStatuses"):
                waiting = container.get("state", {}).get("waiting")
                if waiting:
                    lines.append(
                        f"{pod['metadata']['name']}: {waiting.get('reason', '')} {waiting.get('message', '')}".strip()
                    )
    return "\n".join(lines)


def served(api: Api) -> str:
    """The version that the API says it is."""
    return str(json.loads(api.text("GET", "/version")).get("gitVersion", ""))
