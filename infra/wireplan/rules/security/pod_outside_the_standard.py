"""A patch that takes a pod out of the restricted pod security standard.

What: a patch of a workload gives a pod or container something that the standard forbids (privileged, root, the host's network, processes, paths or ports, capabilities), or replaces
its containers by ones that lack what the standard demands; or a patch of the Namespace enforces less.
Why: the namespace enforces the standard, so the API server refuses such pods, one by one and later: running pods stay, and those that replace them never come. Where less is
enforced, every pod of the system may do what it likes with its node.
Fix: leave it out of the patch; what needs more than the standard allows is no part of this namespace.
Source: kubernetes.io/docs/concepts/security/pod-security-standards (restricted), .../pod-security-admission. Narrowed here: all that Wireplan renders keeps the standard (a test
goes through it), so that only patches are read; a list in a patch replaces the whole list (RFC 7396). Whether a tag may move, or a token has its use, is not judged.
"""

from collections.abc import Iterator
from typing import Any

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology import patched
from wireplan.topology.types import Path, Topology

OWN = ("Deployment", "StatefulSet", "Job", "CronJob", "DaemonSet", "Pod")
OPERATED = ("Cluster", "Pooler", "Kafka", "KafkaNodePool")  # their operators complete the containers
ENFORCE = "pod-security.kubernetes.io/enforce"
TRUE_IS_WRONG = frozenset({"hostNetwork", "hostPID", "hostIPC", "privileged", "hostProcess"})
PROFILES = ("RuntimeDefault", "Localhost")
CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


@rule("SEC001", Severity.ERROR)
def pod_outside_the_standard(topology: Topology) -> Iterator[Fault]:
    """Patches of what makes pods, and of the namespace."""
    for path, _, merge in patched.merges(topology, *OWN):
        yield from (refused(where, what) for where, what in [*forbidden(merge, path), *bare(merge, path)])
    for path, _, merge in patched.merges(topology, *OPERATED):
        yield from (refused(where, what) for where, what in forbidden(merge, path))
    for path, _, merge in patched.merges(topology, "Namespace"):
        level = patched.at(merge, "metadata", "labels", ENFORCE)
        if level not in (patched.ABSENT, "restricted"):
            yield opened((*path, "metadata", "labels", ENFORCE), level)


def forbidden(merge: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every value that the standard forbids: its path, and how it is said."""
    for where, value in patched.every(merge, path):
        key, parent = where[-1], where[-2]
        if (
            (key in TRUE_IS_WRONG and value is True)
            or (key == "allowPrivilegeEscalation" and value is not False)
            or (key == "runAsNonRoot" and value is not True)
            or (key == "procMount" and value not in ("Default", None))
            or (key == "type" and parent == "seccompProfile" and value not in PROFILES)
        ):
            yield where, f"{key}: {str(value).lower() if isinstance(value, bool) else value}"
        elif key == "runAsUser" and value == 0:
            yield where, "runAsUser: 0"
        elif key in ("hostPath", "hostPort") and value:
            yield where, f"a {key}"
        elif key in ("securityContext", "seccompProfile") and value is None:
            yield where, f"no {key}"
        elif parent == "capabilities":
            yield from capabilities(where, key, patched.items(value))


def capabilities(where: Path, key: str | int, listed: Any) -> Iterator[tuple[Path, str]]:
    """What is added to the capabilities, or no longer dropped."""
    more = [str(each) for each in listed if each != "NET_BIND_SERVICE"]
    if key == "add" and more:
        yield where, f"the capabilities {', '.join(more)}"
    elif key == "drop" and "ALL" not in listed:
        yield where, "capabilities that are not all dropped"


def bare(merge: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Containers without what the standard demands: in a patch they stand for themselves."""
    for where, value in patched.every(merge, path):
        if where[-1] in CONTAINERS:
            for index, container in enumerate(patched.items(value)):
                context = patched.at(container, "securityContext")
                dropped = patched.at(context, "capabilities", "drop")
                if patched.ABSENT in (patched.at(context, "allowPrivilegeEscalation"), dropped):
                    name = patched.table(container).get("name", index)
                    yield (
                        (*where, index),
                        f'container "{name}" without allowPrivilegeEscalation: false and drop: [ALL]',
                    )


def refused(path: Path, what: str) -> Fault:
    """What the API server does with it."""
    return Fault(
        path=path,
        what=f"the patch asks for {what}, which the restricted standard does not allow",
        why="1. The workload is changed, which is not checked. 2. Its next pod is refused by the API server, which enforces the standard in this namespace. "
        "3. An update stands still; a pod that is lost with its node does not come back.",
        fix="leave it out of the patch; a list in a patch replaces the whole list, so that containers need all that they had",
    )


def opened(path: Path, level: object) -> Fault:
    """A namespace that enforces less."""
    return Fault(
        path=path,
        what=f"the namespace enforces {'nothing' if level is None else level}, not restricted",
        why="1. One pod of the system is taken over, or one image is not what it was. 2. It starts, or is started, as root with the host's paths. 3. It has the node, and "
        "with it the secrets of every pod on it.",
        fix="leave the label as it is",
    )
