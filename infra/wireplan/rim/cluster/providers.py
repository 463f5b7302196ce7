"""Clusters of other kinds: one that is there already, or one that kind or k3d makes with Docker."""

import os
from enum import StrEnum
from pathlib import Path

from wireplan.rim import process
from wireplan.rim.cluster import addons, context
from wireplan.rim.cluster.cluster import Cluster
from wireplan.rim.cluster.layout import NODE_COUNT, Layout
from wireplan.rim.talk import say, step
from wireplan.rim.trouble import Trouble

CREATE_SECONDS = 600.0


class Provider(StrEnum):
    """Where the cluster comes from."""

    EMBEDDED = "embedded"
    EXISTING = "existing"
    KIND = "kind"
    K3D = "k3d"


def existing(kubeconfig: Path | None, wanted: str) -> Cluster:
    """A cluster that is there: see that it answers, and say what it lacks. Nothing is installed into it.

    Raises:
        Trouble: no context is named, it is not in the kubeconfig, or the cluster does not answer.
    """
    where = kubeconfig or Path(os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config")
    if not wanted:
        raise Trouble(
            "which cluster? No context is named",
            why=f"{where} has {', '.join(context.contexts(where))}",
            fix="name one with --context",
        )
    context.require_context(where, wanted, [wanted])
    process.output([*addons.kubectl(where, wanted), "get", "--raw", "/readyz"], timeout=30)
    for lack in lacking(where, wanted):
        say(f"    this cluster lacks {lack}")
    return Cluster(wanted, where, wanted)


def lacking(kubeconfig: Path, wanted: str) -> list[str]:
    """What a system of ours may need and this cluster does not have."""
    kubectl = addons.kubectl(kubeconfig, wanted)
    served = process.output([*kubectl, "api-resources", "--output=name"], timeout=60).split()
    found = [name for name, kind in needed().items() if kind not in served]
    classes = process.output(
        [*kubectl, "get", "storageclass", "--output=jsonpath={.items[*].metadata.annotations}"], timeout=30
    )
    if '"storageclass.kubernetes.io/is-default-class":"true"' not in classes:
        found.append("a default storage class")
    return found


def needed() -> dict[str, str]:
    """What to look for, by the words to say when it is not there."""
    return {
        "CloudNativePG (for databases of provider cloudnative-pg)": "clusters.postgresql.cnpg.io",
        "metrics-server (for autoscalers)": "nodes.metrics.k8s.io",
    }


def command(provider: Provider, layout: Layout) -> list[str]:
    """The command that makes the cluster."""
    if provider is Provider.KIND:
        return [
            "kind",
            "create",
            "cluster",
            f"--name={layout.context}",
            f"--kubeconfig={layout.kubeconfig}",
            "--config=-",
            "--wait=120s",
        ]
    return [
        "k3d",
        "cluster",
        "create",
        layout.context,
        f"--agents={NODE_COUNT - 1}",
        "--kubeconfig-update-default=false",
        "--wait",
    ]


def kind_config() -> str:
    """One control plane and as many workers as the embedded cluster has nodes."""
    return (
        "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n"
        + "- role: worker\n" * NODE_COUNT
    )


def made(provider: Provider, name: str) -> Cluster:
    """A cluster by kind or k3d, with the operator that databases need. One that is there is taken as it is.

    Raises:
        Trouble: the program or Docker is missing, or it failed.
    """
    layout = Layout(name)
    program = process.found(provider.value)
    if program is None:
        raise Trouble(
            f"{provider.value} is not on PATH",
            fix=f"install {provider.value} and Docker, or take --provider embedded",
        )
    known = process.output(
        [program, "get", "clusters"]
        if provider is Provider.KIND
        else [program, "cluster", "list", "--no-headers"]
    )
    there = layout.context in known.split()
    if there:
        say(f"the cluster {layout.context} is already there; nothing was changed")
    else:
        with step(f"a cluster by {provider.value}"):
            layout.folder.mkdir(parents=True, exist_ok=True)
            process.output(
                command(provider, layout),
                stdin=kind_config() if provider is Provider.KIND else None,
                timeout=CREATE_SECONDS,
            )
    if provider is Provider.K3D:
        text = process.output([program, "kubeconfig", "get", layout.context])
        layout.kubeconfig.write_text(text)
        layout.kubeconfig.chmod(0o600)
    found = Cluster(name, layout.kubeconfig, f"{provider.value}-{layout.context}")
    if not there:
        with step("the Postgres operator"):
            addons.install_operator(found.kubeconfig, found.context)
    return found


def ended(provider: Provider, name: str) -> None:
    """Remove a cluster that kind or k3d made, with all that is in it."""
    layout = Layout(name)
    words = {
        Provider.KIND: ["kind", "delete", "cluster", f"--name={layout.context}"],
        Provider.K3D: ["k3d", "cluster", "delete", layout.context],
    }
    process.output(words[provider], timeout=CREATE_SECONDS)
    layout.kubeconfig.unlink(missing_ok=True)
