"""Pods: everything that every pod of the system has in common, the restricted pod security standard above all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wireplan.manifests import quantity
from wireplan.manifests.thing import Body
from wireplan.topology.types import Probe, Resources

USER = 10001  # high enough to be nobody on the node; images of the system are readable by anyone
ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
SECRETS = "/etc/wireplan/secrets"
TMP = "/tmp"  # noqa: S108 - a pod's own memory-less emptyDir, not the machine's
SECRET_MODE = 0o440


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume and where a container sees it. `source` is the volume without its name."""

    name: str
    path: str
    source: Body | None = None  # None: a claim of the StatefulSet
    read_only: bool = True

    def volume(self) -> Body | None:
        """The volume of the pod, if it is not a claim."""
        return None if self.source is None else {"name": self.name, **self.source}

    def mount(self) -> Body:
        """The mount of a container."""
        return {"name": self.name, "mountPath": self.path, **({"readOnly": True} if self.read_only else {})}


def config_mount(name: str, path: str, config_map: str, *, optional: bool = False) -> Mount:
    """A ConfigMap as files; one that is optional may be absent, and may come and go while the pod runs."""
    source: Body = {"name": config_map, "optional": True} if optional else {"name": config_map}
    return Mount(name, path, {"configMap": source})


def secret_mount(name: str, secret: str, *, only: Sequence[str] = ()) -> Mount:
    """A Secret as files under the folder of secrets, or `only` some of it; updates reach the pod, which an environment variable's do not."""
    source: Body = {"secretName": secret, "defaultMode": SECRET_MODE}
    if only:
        source["items"] = [{"key": key, "path": key} for key in only]
    return Mount(f"secret-{name}", f"{SECRETS}/{name}", {"secret": source})


def scratch(name: str = "tmp", path: str = TMP, size: str = "") -> Mount:
    """A writable folder that ends with the pod; the root file system is read-only."""
    return Mount(name, path, {"emptyDir": {"sizeLimit": size} if size else {}}, read_only=False)


def field(name: str, path: str) -> Body:
    """An environment variable from a field of the pod."""
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def plain(variables: Mapping[str, str]) -> list[Body]:
    """Environment variables in name order."""
    return [{"name": name, "value": value} for name, value in sorted(variables.items())]


WHO_AM_I = (
    field("POD_NAME", "metadata.name"),
    field("POD_IP", "status.podIP"),
    field("NODE_NAME", "spec.nodeName"),
)


def resources(given: Resources) -> Body:
    """Requests and limits. No CPU limit unless asked for: throttling stretches every deadline."""
    limits = {"memory": quantity.memory(given.memory_limit)}
    if given.cpu_limit is not None:
        limits["cpu"] = quantity.cpu(given.cpu_limit)
    return {
        "limits": dict(sorted(limits.items())),
        "requests": {"cpu": quantity.cpu(given.cpu_request), "memory": quantity.memory(given.memory_request)},
    }


def probe(given: Probe, port: str) -> Body:
    """One HTTP probe on a named port."""
    body: Body = {"httpGet": {"path": given.path, "port": port}}
    if given.initial_delay:
        body["initialDelaySeconds"] = quantity.seconds(given.initial_delay)
    return body | timing(given.period, given.timeout, given.failures)


def timing(period: float, timeout: float, failures: int) -> Body:
    """How often a probe asks, how long it waits, and how many failures count."""
    return {
        "periodSeconds": quantity.seconds(period),
        "timeoutSeconds": quantity.seconds(timeout),
        "failureThreshold": failures,
    }


def confined(add: Sequence[str] = ()) -> Body:
    """A container's security context. Restricted pods may add back one capability only: NET_BIND_SERVICE."""
    capabilities: Body = {"drop": ["ALL"]}
    if add:
        capabilities["add"] = list(add)
    return {"allowPrivilegeEscalation": False, "capabilities": capabilities, "readOnlyRootFilesystem": True}


def port(name: str, number: int, protocol: str = "TCP") -> Body:
    """A named port of a container."""
    return {"name": name, "containerPort": number, "protocol": protocol}


def container(name: str, image: str, needs: Resources, **parts: Any) -> Body:
    """A container; `parts` are its further fields, left out where empty."""
    mounts: Sequence[Mount] = parts.pop("mounts", ())
    capabilities: Sequence[str] = parts.pop("capabilities", ())
    body: Body = {"name": name, "image": image, "imagePullPolicy": "IfNotPresent"}
    body |= {key: value for key, value in parts.items() if value}
    body["resources"] = resources(needs)
    body["securityContext"] = confined(capabilities)
    if mounts:
        body["volumeMounts"] = [mount.mount() for mount in mounts]
    return body


def spec(account: str, containers: list[Body], mounts: Sequence[Mount], **parts: Any) -> Body:
    """A pod's spec: who it runs as, its containers and the volumes that their mounts need."""
    volumes = [volume for volume in (mount.volume() for mount in mounts) if volume is not None]
    body: Body = {
        "serviceAccountName": account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    body |= {key: value for key, value in parts.items() if value}
    body["containers"] = containers
    if volumes:
        body["volumes"] = volumes
    return body


def spread(selector: Mapping[str, str], *, strict: bool = False) -> list[Body]:
    """Over zones where there are any, and over nodes; `strict` keeps members of a quorum apart rather than running."""
    return [
        constraint(ZONE, selector, "ScheduleAnyway"),
        constraint(HOST, selector, "DoNotSchedule" if strict else "ScheduleAnyway"),
    ]


def constraint(key: str, selector: Mapping[str, str], otherwise: str) -> Body:
    """One topology spread constraint."""
    return {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": otherwise,
        "labelSelector": {"matchLabels": dict(selector)},
    }


def pre_stop(wait: float) -> Body:
    """Sleep before SIGTERM, by the kubelet itself: until then every client has heard that the pod goes (spec row A7)."""
    return {"preStop": {"sleep": {"seconds": quantity.seconds(wait)}}}
