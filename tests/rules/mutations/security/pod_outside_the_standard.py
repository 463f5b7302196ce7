"""Patches that give pods the host, or take away what the standard demands."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    pod = {"hostNetwork": True}
    yield host.patch(
        "Deployment", {"spec": {"template": {"spec": pod}}}, "spec", "template", "spec", "hostNetwork"
    )
    pod = {"hostPID": True}
    yield host.patch("Pooler", {"spec": {"template": {"spec": pod}}}, "spec", "template", "spec", "hostPID")
    pod = {"securityContext": None}
    yield host.patch(
        "StatefulSet", {"spec": {"template": {"spec": pod}}}, "spec", "template", "spec", "securityContext"
    )
    label = "pod-security.kubernetes.io/enforce"
    yield host.patch("Namespace", {"metadata": {"labels": {label: "baseline"}}}, "metadata", "labels", label)
