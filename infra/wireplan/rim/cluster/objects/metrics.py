"""metrics-server: what autoscalers and `kubectl top` ask for."""

from typing import Any

from wireplan.rim.cluster.objects.common import Object, deployment, meta, restricted

NAME = "metrics-server"
LABELS = {"k8s-app": NAME}
RBAC = "rbac.authorization.k8s.io"


def objects(image: str) -> list[dict[str, Any]]:
    """Everything metrics-server needs."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(NAME, "kube-system")}
    reader = {
        "system:aggregated-metrics-reader": [
            rule("metrics.k8s.io", ["pods", "nodes"], ["get", "list", "watch"])
        ]
    }
    own = {
        f"system:{NAME}": [
            rule("", ["nodes/metrics"], ["get"]),
            rule("", ["pods", "nodes"], ["get", "list", "watch"]),
        ]
    }
    roles = [
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": meta(name, "", aggregated(name)),
            "rules": rules,
        }
        for name, rules in {**reader, **own}.items()
    ]
    bindings = [
        binding(f"system:{NAME}", f"system:{NAME}"),
        binding(f"{NAME}:system:auth-delegator", "system:auth-delegator"),
    ]
    return [account, *roles, *bindings, reads_authentication(), service(), workload(image), registration()]


def rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, Any]:
    """One rule of a role."""
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def aggregated(name: str) -> dict[str, str]:
    """Who may view may also see metrics."""
    return {"rbac.authorization.k8s.io/aggregate-to-view": "true"} if name.endswith("reader") else {}


def binding(name: str, role: str) -> dict[str, Any]:
    """Give our account a cluster role."""
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": meta(name),
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": "kube-system"}],
    }


def reads_authentication() -> dict[str, Any]:
    """It must know whom the API server speaks for."""
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": meta(f"{NAME}-auth-reader", "kube-system"),
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "extension-apiserver-authentication-reader"},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": "kube-system"}],
    }


def service() -> dict[str, Any]:
    """Where the API server finds it."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta(NAME, "kube-system", LABELS),
        "spec": {"selector": LABELS, "ports": [{"name": "https", "port": 443, "targetPort": "https"}]},
    }


def workload(image: str) -> dict[str, Any]:
    """One of it. It trusts the kubelets by the authority that every pod has at hand."""
    container = {
        "name": NAME,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": [
            "--cert-dir=/tmp",
            "--secure-port=10250",
            "--kubelet-preferred-address-types=InternalIP",
            "--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
            # It may not ask longer than it waits between two looks.
            "--metric-resolution=10s",
            "--kubelet-request-timeout=5s",
        ],
        "ports": [{"name": "https", "containerPort": 10250}],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
        "livenessProbe": {
            "httpGet": {"path": "/livez", "port": "https", "scheme": "HTTPS"},
            "periodSeconds": 10,
        },
        "readinessProbe": {
            "httpGet": {"path": "/readyz", "port": "https", "scheme": "HTTPS"},
            "periodSeconds": 5,
        },
        "securityContext": restricted(),
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - inside the container
    }
    volume: Object = {"name": "tmp", "emptyDir": {}}
    pod: Object = {
        "serviceAccountName": NAME,
        "priorityClassName": "system-cluster-critical",
        "volumes": [volume],
        "containers": [container],
    }
    return deployment(NAME, LABELS, 1, pod)


def registration() -> dict[str, Any]:
    """The API that it serves. The API server reaches it inside one machine; its certificate is made at each start."""
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": meta("v1beta1.metrics.k8s.io"),
        "spec": {
            "group": "metrics.k8s.io",
            "version": "v1beta1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "insecureSkipTLSVerify": True,
            "service": {"name": NAME, "namespace": "kube-system"},
        },
    }
