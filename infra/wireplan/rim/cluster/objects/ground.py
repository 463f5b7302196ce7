"""What the cluster's own programs need of the API: the policy agents' rights, the kube-proxies' rights, the volumes' class."""

from typing import Any

from wireplan.rim.cluster.objects.common import meta

RBAC = "rbac.authorization.k8s.io"
PROVISIONER = "wireplan.local/volumes"


def objects() -> list[dict[str, Any]]:
    """The agents' rights and the default storage class."""
    return [*policy_reader(), storage_class()]


def policy_reader() -> list[dict[str, Any]]:
    """The policy agents look at pods, namespaces and policies, and change nothing."""
    look = ["get", "list", "watch"]
    rules = [
        {"apiGroups": [""], "resources": ["pods", "namespaces", "nodes"], "verbs": look},
        {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": look},
    ]
    name = "wireplan:netpol"
    return [
        {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": meta(name), "rules": rules},
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": meta(name),
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": RBAC, "kind": "User", "name": name}],
        },
    ]


def storage_class() -> dict[str, Any]:
    """Volumes are folders of one node, so a volume is made where its first pod is to run."""
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {**meta("local"), "annotations": annotations},
        "provisioner": PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }
