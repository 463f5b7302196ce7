"""Clusters of other kinds: one that is there already, or one that kind or k3d makes with Docker."""

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from wireplan.rim import files, process
from wireplan.rim.cluster import addons, context, leftovers
from wireplan.rim.cluster.cluster import Cluster
from wireplan.rim.cluster.layout import NODE_COUNT, Layout
from wireplan.rim.talk import say, step
from wireplan.rim.trouble import Trouble

CREATE_SECONDS = 600.0
OPERATOR_SECONDS = 300
OPERATOR = "CloudNativePG (for databases of provider cloudnative-pg)"


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
    places = [kubeconfig] if kubeconfig else usual()
    where = next((path for path in places if holds(path, wanted)), places[0])
    if not wanted:
        raise Trouble(
            "which cluster? No context is named",
            why=f"{where} has {', '.join(context.contexts(where))}",
            fix="name one with --context",
        )
    context.require_context(where, wanted, [wanted])
    process.output([*addons.kubectl(where, wanted), "get", "--raw", "/readyz"], timeout=30)
    say_lacking(lacking(where, wanted))
    return Cluster(wanted, where, wanted)


def usual() -> list[Path]:
    """Where kubectl looks for kubeconfigs: KUBECONFIG may list several."""
    named = [Path(word) for word in os.environ.get("KUBECONFIG", "").split(os.pathsep) if word]
    return named or [Path.home() / ".kube" / "config"]


def holds(kubeconfig: Path, wanted: str) -> bool:
    """Whether the kubeconfig is there and has that context."""
    return bool(wanted) and kubeconfig.is_file() and wanted in context.contexts(kubeconfig)


def say_lacking(lacks: Iterable[str]) -> None:
    """Tell what the cluster does not have."""
    for lack in lacks:
        say(f"    this cluster lacks {lack}")


def lacking(kubeconfig: Path, wanted: str) -> list[str]:
    """What a system of ours may need and this cluster does not have."""
    kubectl = addons.kubectl(kubeconfig, wanted)
    found = [name for name, kind in needed().items() if kind not in served(kubectl)]
    classes = process.output(
        [*kubectl, "get", "storageclass", "--output=jsonpath={.items[*].metadata.annotations}"], timeout=30
    )
    if '"storageclass.kubernetes.io/is-default-class":"true"' not in classes:
        found.append("a default storage class")
    return found


def served(kubectl: list[str]) -> list[str]:
    """The kinds that the API serves. Where one extension of it is down, kubectl fails and lists all the others.

    Raises:
        Trouble: it lists none at all.
    """
    words = [*kubectl, "api-resources", "--output=name"]
    code, found, error = process.ended(words, timeout=60)
    if code and not found.strip():
        raise process.failed(words, code, error.decode(errors="replace"))
    return found.decode(errors="replace").split()


def needed() -> dict[str, str]:
    """What to look for, by the words to say when it is not there."""
    return {
        OPERATOR: "clusters.postgresql.cnpg.io",
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
    """A cluster by kind or k3d, with the operator that databases need. One that is there is only given what it lacks.

    Raises:
        Trouble: the program or Docker is missing, or it failed.
    """
    layout = Layout(name)
    program = installed(provider)
    refuse_embedded(layout)
    refuse_unwritable(layout)
    if layout.context in names(provider, program):
        say(f"the cluster {layout.context} is already there")
    else:
        with step(f"a cluster by {provider.value}"):
            process.output(
                command(provider, layout),
                stdin=kind_config() if provider is Provider.KIND else None,
                timeout=CREATE_SECONDS,
            )
    # Written each time: it may be gone, or of an embedded cluster of the same name.
    files.write(layout.kubeconfig, asked(provider, program, layout), 0o600)
    found = Cluster(name, layout.kubeconfig, f"{provider.value}-{layout.context}")
    lacks = lacking(found.kubeconfig, found.context)
    if OPERATOR in lacks:
        with step("the Postgres operator"):
            install_operator(found)
    if provider is Provider.KIND:  # k3s brings the rest by itself, a moment later
        say_lacking(lack for lack in lacks if lack != OPERATOR)
    return found


def installed(provider: Provider) -> Path:
    """kind or k3d.

    Raises:
        Trouble: it is not there.
    """
    program = process.found(provider.value)
    if program is None:
        raise Trouble(
            f"{provider.value} is not on PATH",
            fix=f"install {provider.value} and Docker, or take --provider embedded",
        )
    return program


def refuse_embedded(layout: Layout) -> None:
    """Refuse a name that a running cluster of ours has: the two would share one kubeconfig.

    Raises:
        Trouble: there is one.
    """
    if leftovers.running(layout):
        raise Trouble(
            f"an embedded cluster called {layout.name} is running, and its kubeconfig is {layout.kubeconfig}",
            fix="take another name with --name, or end that one with `wireplan cluster down`",
        )


def refuse_unwritable(layout: Layout) -> None:
    """Refuse where the kubeconfig could not be kept: Docker's users are often not root.

    Raises:
        Trouble: the clusters' folder is not ours to write.
    """
    try:
        layout.folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(layout.folder, os.W_OK)
    except PermissionError:
        writable = False
    if not writable:
        raise Trouble(
            f"{layout.folder} cannot be written, and the cluster's kubeconfig belongs there",
            fix="set WIREPLAN_CLUSTERS to a folder of yours, here and for later commands",
        )


def names(provider: Provider, program: Path) -> list[str]:
    """The clusters that kind or k3d has; k3d says more about each in the same line."""
    words = ["get", "clusters"] if provider is Provider.KIND else ["cluster", "list", "--no-headers"]
    lines = process.output([program, *words]).splitlines()
    return [line.split()[0] for line in lines if line.strip()]


def asked(provider: Provider, program: Path, layout: Layout) -> str:
    """The cluster's kubeconfig."""
    if provider is Provider.KIND:
        return process.output([program, "get", "kubeconfig", f"--name={layout.context}"])
    return process.output([program, "kubeconfig", "get", layout.context])


def install_operator(found: Cluster) -> None:
    """The Postgres operator, until it works: before that, its webhook refuses every database."""
    addons.install_operator(found.kubeconfig, found.context)
    rollout = ["rollout", "status", "deployment/cnpg-controller-manager", "--namespace=cnpg-system"]
    process.output(
        [*addons.kubectl(found.kubeconfig, found.context), *rollout, f"--timeout={OPERATOR_SECONDS}s"],
        timeout=OPERATOR_SECONDS + 30,
    )


def ended(provider: Provider, name: str) -> None:
    """Remove a cluster that kind or k3d made, with all that is in it.

    Raises:
        Trouble: the program is missing, or it failed.
    """
    layout = Layout(name)
    program = installed(provider)
    words = {
        # Without a word about it, kind would tidy up in the person's own kubeconfig.
        Provider.KIND: ["delete", "cluster", f"--name={layout.context}", f"--kubeconfig={layout.kubeconfig}"],
        Provider.K3D: ["cluster", "delete", layout.context],
    }
    process.output([program, *words[provider]], timeout=CREATE_SECONDS)
    layout.kubeconfig.unlink(missing_ok=True)
