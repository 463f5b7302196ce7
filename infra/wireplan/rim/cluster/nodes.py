"""Single nodes: start one, stop one as if its power were cut, and know which was stopped on purpose."""

import datetime
import socket
import time

from wireplan.rim.cluster import control, leftovers, machine, mounts, network, probes, processes
from wireplan.rim.cluster.api import Api, administrator, holds
from wireplan.rim.cluster.layout import Layout, Node
from wireplan.rim.cluster.locks import changing
from wireplan.rim.talk import say
from wireplan.rim.trouble import Trouble

SOCKET_SECONDS = 30.0
READY_SECONDS = 120.0


def stopped(node: Node) -> bool:
    """Whether somebody stopped the node on purpose: `up` leaves it so."""
    return (node.folder / "stopped").is_file()


def alive(layout: Layout, node: Node) -> bool:
    """Whether any of the node's programs runs."""
    known = processes.recorded(layout.records)
    return any(processes.alive(known.get(f"{node.name}-{part}")) for part in control.NODE)


def bring(layout: Layout, node: Node) -> None:
    """Make what is missing of the node and start what does not run.

    Raises:
        Trouble: its container runtime does not answer.
    """
    if not alive(layout, node):
        # Whatever is there belongs to a node that died: containers without a runtime, mounts, addresses given to pods.
        leftovers.clear_node(node, layout.records)
    if not node.namespace_file.exists():
        network.make_node(layout, node)
    if not mounts.is_held(node.mounts_file):
        mounts.make(node)
    node.run.mkdir(parents=True, exist_ok=True)
    runtime, *others = control.of_node(layout, node)
    control.start_missing(layout, [runtime])
    await_socket(layout, node)
    control.start_missing(layout, others)


def await_socket(layout: Layout, node: Node) -> None:
    """Wait until the node's container runtime takes connections: the kubelet gives up at once where it does not.

    It also gives up in the moment in which the runtime already takes them but is not yet done with starting; then whoever waits for
    the node starts it again.

    Raises:
        Trouble: it does not within half a minute.
    """
    end = time.monotonic() + SOCKET_SECONDS
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(node.runtime_socket))
            except OSError:
                pass
            else:
                return
        if time.monotonic() > end:
            log = layout.logs / f"{node.name}-containerd.log"
            raise Trouble(
                f"the container runtime of {node.name} does not answer",
                why=control.tail(log),
                fix=f"the whole log is {log}",
            )
        time.sleep(0.05)


def stop(cluster: str, name: str) -> None:
    """Stop a node as a power cut would: nothing on it is asked to end, nobody is told.

    Raises:
        Trouble: there is no such node, or the cluster is not up.
    """
    layout = Layout(cluster)
    node = layout.named(name)
    with changing(layout):
        require_up(layout)
        node.folder.mkdir(parents=True, exist_ok=True)
        (node.folder / "stopped").touch()
        leftovers.clear_node(node, layout.records)
    say(f"{name} is stopped; `wireplan cluster node start {name}` brings it back")


def start(cluster: str, name: str) -> None:
    """Start a node that was stopped, and wait until Kubernetes sees it ready.

    Raises:
        Trouble: there is no such node, the cluster is not up, or the node does not become ready.
    """
    layout = Layout(cluster)
    node = layout.named(name)
    with changing(layout):
        require_up(layout)
        (node.folder / "stopped").unlink(missing_ok=True)
        began = datetime.datetime.now(datetime.UTC)
        bring(layout, node)
    api = administrator(layout)
    end = time.monotonic() + READY_SECONDS
    # What the API says of the node may be of the time before it was stopped.
    while name not in ready_names(api) & probes.reported_since(api, began):
        if time.monotonic() > end:
            raise Trouble(
                f"{name} is not ready after {READY_SECONDS:.0f} s",
                why=control.tail(layout.logs / f"{name}-kubelet.log"),
                fix="see `wireplan cluster status`",
            )
        time.sleep(0.3)
    say(f"{name} is up")


def require_up(layout: Layout) -> None:
    """Refuse where there is no running cluster.

    Raises:
        Trouble: it is not up.
    """
    machine.require_root()
    if not leftovers.running(layout):
        raise Trouble(f"the cluster {layout.name} is not up", fix="run `wireplan cluster up`")


def ready_names(api: Api) -> set[str]:
    """The nodes that Kubernetes takes for ready."""
    return {item["metadata"]["name"] for item in api.items("/api/v1/nodes") if holds(item, "Ready")}
