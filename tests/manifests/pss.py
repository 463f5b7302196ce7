"""The restricted pod security standard, check by check; kubernetes.io/docs/concepts/security/pod-security-standards."""

from collections.abc import Iterator
from typing import Any

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
    "image",
}
PROFILES = {"RuntimeDefault", "Localhost"}
SYSCTLS = {
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes",
}  # fmt: skip


def violations(spec: dict[str, Any]) -> Iterator[str]:
    """What a pod's spec does that the standard forbids."""
    yield from of_pod(spec)
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(kind) or []:
            for fault in of_container(container, spec.get("securityContext") or {}):
                yield f"{container['name']}: {fault}"


def of_pod(spec: dict[str, Any]) -> Iterator[str]:
    """Faults of the pod as a whole."""
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key):
            yield key
    for volume in spec.get("volumes") or []:
        kinds = set(volume) - {"name"}
        if not kinds <= VOLUMES:
            yield f"volume {volume['name']} is a {kinds}"
    context = spec.get("securityContext") or {}
    if any(one["name"] not in SYSCTLS for one in context.get("sysctls") or []):
        yield "sysctls"
    if (context.get("windowsOptions") or {}).get("hostProcess"):
        yield "hostProcess"


def of_container(container: dict[str, Any], pod: dict[str, Any]) -> Iterator[str]:
    """Faults of one container; what the pod says holds where the container says nothing."""
    context = container.get("securityContext") or {}
    if context.get("privileged"):
        yield "privileged"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if context.get("procMount", "Default") != "Default":
        yield "procMount"
    capabilities = context.get("capabilities") or {}
    if capabilities.get("drop") != ["ALL"]:
        yield "capabilities are not dropped"
    if set(capabilities.get("add") or []) - {"NET_BIND_SERVICE"}:
        yield "capabilities are added"
    if context.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
        yield "runAsNonRoot is not true"
    if context.get("runAsUser", pod.get("runAsUser")) == 0:
        yield "runs as root"
    profile = context.get("seccompProfile") or pod.get("seccompProfile") or {}
    if profile.get("type") not in PROFILES:
        yield "no seccomp profile"
    if any(port.get("hostPort") for port in container.get("ports") or []):
        yield "hostPort"
