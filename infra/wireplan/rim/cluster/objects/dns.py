"""CoreDNS: names of Services and pods inside, the machine's own name servers for everything else."""

from typing import Any

from wireplan.rim.cluster.layout import DNS_ADDRESS, DOMAIN
from wireplan.rim.cluster.objects.common import deployment, meta, restricted

NAME = "coredns"
LABELS = {"k8s-app": "kube-dns"}


def corefile(*, forward: bool) -> str:
    """The configuration. Without a name server outside there is nothing to forward to, and names outside do not exist."""
    outside = "    forward . /etc/resolv.conf {\n        max_concurrent 1000\n    }\n" if forward else ""
    return f"""\
.:53 {{
    errors
    health {{
        lameduck 5s
    }}
    ready
    kubernetes {DOMAIN} in-addr.arpa ip6.arpa {{
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }}
    prometheus :9153
{outside}    cache 5 {{
        disable success {DOMAIN}
        disable denial {DOMAIN}
    }}
    reload
    loadbalance
}}
"""


def objects(image: str, *, forward: bool) -> list[dict[str, Any]]:
    """Everything CoreDNS needs."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(NAME, "kube-system")}
    rules = [
        {
            "apiGroups": [""],
            "resources": ["endpoints", "services", "pods", "namespaces"],
            "verbs": ["list", "watch"],
        },
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
    ]
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": meta("system:coredns"),
        "rules": rules,
    }
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": meta("system:coredns"),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:coredns"},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": "kube-system"}],
    }
    settings = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": meta(NAME, "kube-system"),
        "data": {"Corefile": corefile(forward=forward)},
    }
    return [account, role, binding, settings, service(), workload(image)]


def service() -> dict[str, Any]:
    """The address that every pod asks."""
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
        {"name": "metrics", "port": 9153, "protocol": "TCP"},
    ]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta("kube-dns", "kube-system", LABELS),
        "spec": {"clusterIP": str(DNS_ADDRESS), "selector": LABELS, "ports": ports},
    }


def workload(image: str) -> dict[str, Any]:
    """Two of them on two nodes: one may be stopped in a drill."""
    container = {
        "name": NAME,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
        ],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "170Mi"}},
        "livenessProbe": {
            "httpGet": {"path": "/health", "port": 8080},
            "timeoutSeconds": 5,
            "failureThreshold": 5,
        },
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 2},
        "securityContext": restricted(),
        "volumeMounts": [{"name": "settings", "mountPath": "/etc/coredns", "readOnly": True}],
    }
    pod = {
        "serviceAccountName": NAME,
        "priorityClassName": "system-cluster-critical",
        "dnsPolicy": "Default",
        # One sysctl instead of a capability that a file in the image would have to carry.
        "securityContext": {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "53"}]},
        "volumes": [{"name": "settings", "configMap": {"name": NAME}}],
        "containers": [container],
    }
    return deployment(NAME, LABELS, 2, pod)
