"""`cluster up`: from nothing, or from what a crash left, to a cluster whose parts all answer."""

import datetime
import sys
import time
from collections.abc import Sequence

from wireplan.rim import engines, home
from wireplan.rim.cluster import (
    addons,
    certificates,
    control,
    expectations,
    host,
    leftovers,
    machine,
    network,
    nodes,
    preparation,
    probes,
    processes,
    system_images,
    tables,
)
from wireplan.rim.cluster.api import Api, RefusedError, UnreachableError, administrator
from wireplan.rim.cluster.cluster import Cluster
from wireplan.rim.cluster.layout import HOST_ADDRESS, REGISTRY_PORT, Layout
from wireplan.rim.cluster.locks import changing
from wireplan.rim.cluster.processes import Program
from wireplan.rim.talk import say, step
from wireplan.rim.trouble import Trouble

PARTS_SECONDS = 180.0
GRACE_SECONDS = 10.0
# What has no certificate: containerd stays, so that its pods do.
KEEPS = ("registry", "containerd")
# Asking the machine and clearing it call these already; a bare one has neither.
FIRST = ("ip", "iptables")
# Had before anything is started; each may take minutes on a new machine.
PROGRAMS = (
    "containerd", "runc", "cni", "kube", "kubectl", "coredns", "metrics-server", "cnpg-manager", "cnpg-manifest",
    "netpol", "pause",
)  # fmt: skip


def up(name: str = "local") -> Cluster:
    """Bring the embedded cluster up; on a running one only what is missing is started, and nothing else changes.

    Raises:
        Trouble: this machine cannot run it, or a part did not come up.
    """
    layout = Layout(name)
    machine.require_linux()
    machine.require_root()
    with changing(layout):
        if complete(layout):
            say(f"the cluster {name} is already up; nothing was changed")
            if old := outdated(layout):
                say(f"  of an earlier wireplan, until the next `cluster down` and `up`: {', '.join(old)}")
            return as_cluster(layout)
        have(FIRST)
        machine.check(layout)
        if not leftovers.running(layout):
            with step("clear what an earlier run left"):
                leftovers.clear(layout)
        bring(layout)
    return as_cluster(layout)


def outdated(layout: Layout) -> list[str]:
    """The processes that run with another command line than this wireplan would give them."""
    known = processes.recorded(layout.records)
    wanted = [*control.plane(layout), registry(layout), agent(layout)]
    wanted += [
        program
        for node in layout.nodes
        if not nodes.stopped(node)
        for program in control.of_node(layout, node)
    ]
    return [
        program.name
        for program in wanted
        if (record := known.get(program.name)) and record.command != program.command
    ]


def as_cluster(layout: Layout) -> Cluster:
    """How to reach it."""
    return Cluster(layout.name, layout.kubeconfig, layout.context)


def complete(layout: Layout) -> bool:
    """Whether every process runs with certificates that last, and every part answers."""
    if not leftovers.running(layout) or not layout.kubeconfig.is_file():
        return False
    if certificates.due(layout, datetime.datetime.now(datetime.UTC)):
        return False
    known = processes.recorded(layout.records)
    if not all(processes.alive(known.get(name)) for name in expectations.names(layout)):
        return False
    api = administrator(layout)
    return api.ready() and not waiting_for(api, layout)


def have(names: Sequence[str]) -> None:
    """Have these programs."""
    for name in names:
        engines.path(name)


def bring(layout: Layout) -> None:
    """Make and start what is missing, from the ground up."""
    began = datetime.datetime.now(datetime.UTC)
    have(PROGRAMS)
    if renewing := certificates.due(layout, began):
        end_holders(layout)
    with step("settings, certificates and the images of the cluster's own parts"):
        preparation.prepare(layout)
        images = system_images.ensure()
    with step("network"):
        leftovers.begin_life(layout)
        host.adjust(layout)
        if not any(link["ifname"] == layout.bridge for link in network.links()):
            network.make_bridge(layout)
        tables.enter(layout)
    with step("control plane"):
        machine.refuse_taken_ports(layout)
        control.start_plane(layout)
        control.start_missing(layout, [registry(layout)])
        addons.install_parts(layout, administrator(layout), images)
    with step("nodes"):
        fresh = [node for node in layout.nodes if renewing or not nodes.alive(layout, node)]
        for node in layout.nodes:
            if not nodes.stopped(node):
                nodes.bring(layout, node)
        control.start_missing(layout, [agent(layout)])
    with step("DNS, metrics, Postgres operator"):
        addons.install_operator(layout.kubeconfig, layout.context)
        await_parts(layout, [node.name for node in fresh], began)


def end_holders(layout: Layout) -> None:
    """End what holds certificates that are about to be renewed; it is started again as what has died is. Pods run on."""
    known = processes.recorded(layout.records)
    found = [record for name, record in known.items() if not name.endswith(KEEPS) and processes.alive(record)]
    if found:
        with step("end what holds certificates that are to be renewed"):
            processes.end(found, GRACE_SECONDS)


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


def await_parts(layout: Layout, fresh: Sequence[str], began: datetime.datetime) -> None:
    """Wait until every node and every part of the cluster's own is ready; the fresh nodes must have reported since.

    Whatever of a node dies meanwhile is started again: the agent, who does it later, leaves a cluster alone that is being changed.

    Raises:
        Trouble: something is not, after three minutes; says what and why.
    """
    api = administrator(layout)
    end = time.monotonic() + PARTS_SECONDS
    while waiting := waiting_for(api, layout) or not_back(api, layout, fresh, began):
        if time.monotonic() > end:
            raise Trouble(
                f"after {PARTS_SECONDS:.0f} s these are not ready: {', '.join(waiting)}",
                why=addons.reasons(api),
                fix=f"see `wireplan cluster status` and {layout.logs}; then run `up` again",
            )
        for node in layout.nodes:
            if not nodes.stopped(node):
                control.start_missing(layout, control.of_node(layout, node))
        time.sleep(0.5)


def not_back(api: Api, layout: Layout, fresh: Sequence[str], began: datetime.datetime) -> list[str]:
    """What counts as ready only because the API has not heard otherwise: nodes that were started just now, and DNS."""
    reported = probes.reported_since(api, began)
    late = [
        node.name
        for node in layout.nodes
        if node.name in fresh and not nodes.stopped(node) and node.name not in reported
    ]
    return late or ([] if probes.resolves() else ["DNS"])


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
