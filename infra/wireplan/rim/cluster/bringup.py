"""`cluster up`: from nothing, or from what a crash left, to a cluster whose parts all answer."""

import shutil
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from wireplan.rim import engines, home, process
from wireplan.rim.cluster import (
    addons,
    control,
    host,
    leftovers,
    network,
    nodes,
    preparation,
    processes,
    system_images,
)
from wireplan.rim.cluster.api import Api, RefusedError, UnreachableError, administrator
from wireplan.rim.cluster.layout import API_PORT, ETCD_PORT, HOST_ADDRESS, REGISTRY_PORT, Layout
from wireplan.rim.cluster.locks import changing
from wireplan.rim.cluster.processes import Program
from wireplan.rim.talk import say, step
from wireplan.rim.trouble import Trouble

LEAST_FREE_BYTES = 8 * 1024**3
PARTS_SECONDS = 180.0


@dataclass(frozen=True)
class Cluster:
    """A cluster to work with."""

    name: str
    kubeconfig: Path
    context: str


def up(name: str = "local") -> Cluster:
    """Bring the embedded cluster up; on a running one only what is missing is started, and nothing else changes.

    Raises:
        Trouble: this machine cannot run it, or a part did not come up.
    """
    layout = Layout(name)
    with changing(layout):
        if complete(layout):
            say(f"the cluster {name} is already up; nothing was changed")
            return as_cluster(layout)
        check_machine(layout)
        if not leftovers.running(layout):
            with step("clear what an earlier run left"):
                leftovers.clear(layout)
        bring(layout)
    return as_cluster(layout)


def as_cluster(layout: Layout) -> Cluster:
    """How to reach it."""
    return Cluster(layout.name, layout.kubeconfig, layout.context)


def complete(layout: Layout) -> bool:
    """Whether every process runs and every part answers."""
    if not leftovers.running(layout) or not layout.kubeconfig.is_file():
        return False
    known = processes.recorded(layout.records)
    if not all(processes.alive(known.get(name)) for name in expected(layout)):
        return False
    api = administrator(layout)
    return api.ready() and not waiting_for(api, layout)


def expected(layout: Layout) -> list[str]:
    """The names of all processes that should run; those of a node that was stopped on purpose should not."""
    names = [*control.PLANE, "registry", "agent"]
    return names + [
        f"{node.name}-{part}" for node in layout.nodes if not nodes.stopped(node) for part in control.NODE
    ]


def check_machine(layout: Layout) -> None:
    """Refuse a machine that cannot run the cluster, before anything is made.

    Raises:
        Trouble: not Linux, not root, too little disk, or names, addresses or ports in use.
    """
    if sys.platform != "linux":
        raise Trouble("the embedded cluster runs on Linux only", fix="use --provider kind, k3d or existing")
    if not control.root():
        raise Trouble(
            "the embedded cluster needs root",
            why="it makes networks and mounts",
            fix="run the same command as root, or use --provider kind, k3d or existing",
        )
    layout.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(layout.folder).free
    if free < LEAST_FREE_BYTES:
        raise Trouble(
            f"only {free / 1024**3:.1f} GiB are free under {layout.folder}",
            why=f"images and volumes need at least {LEAST_FREE_BYTES // 1024**3} GiB",
            fix="make room, or set WIREPLAN_CLUSTERS to a folder on another disk",
        )
    network.refuse_foreign(layout, network.links(), process.output(["ip", "route", "show"]))


def bring(layout: Layout) -> None:
    """Make and start what is missing, from the ground up."""
    with step("settings, certificates and the images of the cluster's own parts"):
        preparation.prepare(layout)
        system_images.ensure()
    with step("network"):
        leftovers.begin_life(layout)
        host.adjust(layout)
        if not any(link["ifname"] == layout.bridge for link in network.links()):
            network.make_bridge(layout)
            network.open_host(layout)
    with step("control plane"):
        refuse_taken_ports(layout)
        control.start_plane(layout)
        control.start_missing(layout, [registry(layout)])
        addons.install_parts(layout, administrator(layout))
    with step("nodes"):
        for node in layout.nodes:
            if not nodes.stopped(node):
                nodes.bring(layout, node)
        control.start_missing(layout, [agent(layout)])
    with step("DNS, metrics, Postgres operator"):
        addons.install_operator(layout)
        await_parts(layout)


def refuse_taken_ports(layout: Layout) -> None:
    """Refuse to start where another program listens on every address, ours included.

    Raises:
        Trouble: a port is taken.
    """
    known = processes.recorded(layout.records)
    for name, port in (("etcd", ETCD_PORT), ("apiserver", API_PORT), ("registry", REGISTRY_PORT)):
        if processes.alive(known.get(name)):
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((str(HOST_ADDRESS), port))
            except OSError as error:
                raise Trouble(
                    f"port {port} on {HOST_ADDRESS} is taken, and {name} needs it",
                    why="another program listens on that port on every address of this machine",
                    fix=f"find it with `ss -ltnp 'sport = :{port}'` and end it",
                ) from error


def registry(layout: Layout) -> Program:
    """The image registry: serves what this machine has built."""
    words = (sys.executable, "-m", "wireplan.rim.images.registry", f"--root={home.cache() / 'images'}")
    return own(layout, "registry", (*words, f"--address={HOST_ADDRESS}", f"--port={REGISTRY_PORT}"))


def agent(layout: Layout) -> Program:
    """The agent: volumes, load balancers, and the way in from 127.0.0.1."""
    return own(layout, "agent", (sys.executable, "-m", "wireplan.rim.cluster.agent", f"--name={layout.name}"))


def own(layout: Layout, name: str, words: tuple[str, ...]) -> Program:
    """A program of this very package, which must find the same folders as we do."""
    places = {
        "WIREPLAN_HOME": home.cache(),
        "WIREPLAN_CLUSTERS": home.clusters(),
        "WIREPLAN_RUN": home.runtime(),
    }
    environment = {**control.environment(), **{key: str(path) for key, path in places.items()}}
    return Program(name, words, f"{layout.group}/control", environment)


def await_parts(layout: Layout) -> None:
    """Wait until every node and every part of the cluster's own is ready.

    Raises:
        Trouble: something is not, after three minutes; says what and why.
    """
    api = administrator(layout)
    end = time.monotonic() + PARTS_SECONDS
    while waiting := waiting_for(api, layout):
        if time.monotonic() > end:
            raise Trouble(
                f"after {PARTS_SECONDS:.0f} s these are not ready: {', '.join(waiting)}",
                why=addons.reasons(api),
                fix=f"see `wireplan cluster status` and {layout.logs}; then run `up` again",
            )
        time.sleep(0.5)


def waiting_for(api: Api, layout: Layout) -> list[str]:
    """The nodes and parts that are not ready."""
    try:
        ready = nodes.ready_names(api)
        late = [node.name for node in layout.nodes if node.name not in ready and not nodes.stopped(node)]
        parts = addons.deployments(api)
        missing = [name for name in addons.EXPECTED if not parts.get(name)]
        return late + missing
    except (RefusedError, UnreachableError) as error:
        return [f"the API ({error})"]


def reads_engines() -> None:
    """Have every program that the cluster needs, before anything is started."""
    for name in (
        "containerd",
        "runc",
        "cni",
        "kube",
        "kubectl",
        "coredns",
        "metrics-server",
        "netpol",
        "pause",
        "cnpg-manager",
    ):
        engines.path(name)
