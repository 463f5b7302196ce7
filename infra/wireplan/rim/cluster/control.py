"""Start the control plane and the nodes' programs, in the order in which they need each other."""

from pathlib import Path

from wireplan.rim import engines, process
from wireplan.rim.cluster import processes, programs
from wireplan.rim.cluster.api import administrator
from wireplan.rim.cluster.layout import Layout, Node
from wireplan.rim.cluster.processes import Program
from wireplan.rim.trouble import Trouble

READY_SECONDS = 90.0
PLANE = ("etcd", "apiserver", "controller-manager", "scheduler")
NODE = ("containerd", "netpol", "kube-proxy", "kubelet")


def environment() -> dict[str, str]:
    """What our programs find on PATH: containerd its shim and runc, everybody the system's own tools."""
    own = [str(engines.path(name).parent) for name in ("containerd", "runc")]
    system = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    return {"PATH": ":".join(own + system), "HOME": "/root", "LANG": "C.UTF-8"}


def plane(layout: Layout) -> list[Program]:
    """The control plane's programs."""
    kube = engines.path("kube")
    words = {
        "etcd": programs.etcd(kube, layout),
        "apiserver": programs.apiserver(kube, layout),
        "controller-manager": programs.controllers(kube, layout),
        "scheduler": programs.scheduler(kube, layout),
    }
    return [
        Program(name, command, f"{layout.group}/control", environment()) for name, command in words.items()
    ]


def of_node(layout: Layout, node: Node) -> list[Program]:
    """One node's programs."""
    kube = engines.path("kube")
    words = {
        "containerd": programs.containerd(engines.path("containerd"), layout, node),
        "netpol": programs.netpol(engines.path("netpol"), layout, node),
        "kube-proxy": programs.kube_proxy(kube, layout, node),
        "kubelet": programs.kubelet(kube, layout, node),
    }
    return [
        Program(
            f"{node.name}-{name}",
            command,
            f"{node.group}/programs",
            environment(),
            node.namespace_file,
            node.mounts_file,
        )
        for name, command in words.items()
    ]


def start_missing(layout: Layout, wanted: list[Program]) -> list[str]:
    """Start those that do not run; return their names."""
    known = processes.recorded(layout.records)
    begun = [program for program in wanted if not processes.alive(known.get(program.name))]
    for program in begun:
        processes.start(program, layout.records, layout.logs)
    return [program.name for program in begun]


def start_plane(layout: Layout) -> list[str]:
    """Start what is missing of the control plane, and wait for the API.

    Raises:
        Trouble: it did not become ready; carries the last lines of the log of what died, or of the API server.
    """
    layout.etcd.mkdir(parents=True, exist_ok=True)
    layout.etcd.chmod(0o700)
    store, server, *others = plane(layout)
    begun = start_missing(layout, [store, server])
    if not administrator(layout).await_ready(READY_SECONDS):
        raise not_ready(layout)
    # These give up where their rights are not there yet, and the API makes them in its first seconds.
    return begun + start_missing(layout, others)


def not_ready(layout: Layout) -> Trouble:
    """Why the API did not come up."""
    known = processes.recorded(layout.records)
    dead = [program.name for program in plane(layout) if not processes.alive(known.get(program.name))]
    name = (dead or ["apiserver"])[0]
    log = layout.logs / f"{name}.log"
    what = f"{name} ended at once" if dead else f"the API server is not ready after {READY_SECONDS:.0f} s"
    return Trouble(what, why=tail(log), fix=f"the whole log is {log}; then run the same command again")


def tail(log: Path) -> str:
    """The last lines of a log."""
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    return "\n".join(line[:300] for line in lines[-process.TAIL_LINES :])
