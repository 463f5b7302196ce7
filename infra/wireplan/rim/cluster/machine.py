"""Whether this machine can hold the embedded cluster: asked before anything is made."""

import os
import shutil
import socket
import sys
from pathlib import Path

from wireplan.rim import process
from wireplan.rim.cluster import network, processes
from wireplan.rim.cluster.layout import (
    API_PORT,
    ETCD_PEER_PORT,
    ETCD_PORT,
    HOST_ADDRESS,
    REGISTRY_PORT,
    Layout,
)
from wireplan.rim.trouble import Trouble

# Images of three nodes and a few volumes; what a film takes comes on top.
LEAST_FREE_BYTES = 8 * 1024**3
FOR_ROOT = ("/usr/local/sbin", "/usr/sbin", "/sbin")
PORTS = (
    ("etcd", ETCD_PORT),
    ("etcd", ETCD_PEER_PORT),
    ("apiserver", API_PORT),
    ("controller-manager", 10257),
    ("scheduler", 10259),
    ("registry", REGISTRY_PORT),
)


def require_linux() -> None:
    """Refuse another system.

    Raises:
        Trouble: this is not Linux.
    """
    if sys.platform != "linux":
        raise Trouble("the embedded cluster runs on Linux only", fix="use --provider kind, k3d or existing")


def require_root() -> None:
    """Refuse to go on without root, and see to it that root's programs are found.

    Raises:
        Trouble: we are not root.
    """
    if os.geteuid() != 0:
        raise Trouble(
            "the embedded cluster needs root",
            why="it makes networks and mounts",
            fix="run the same command as root, or use --provider kind, k3d or existing",
        )
    os.environ["PATH"] = with_roots_programs(os.environ.get("PATH", ""))


def with_roots_programs(path: str) -> str:
    """A search path that ends with the folders of root's programs: `su` alone leaves them out, and iptables is in one."""
    words = [word for word in path.split(os.pathsep) if word]
    return os.pathsep.join([*words, *(folder for folder in FOR_ROOT if folder not in words)])


def check(layout: Layout) -> None:
    """Refuse a machine that cannot run the cluster, before anything is made.

    Raises:
        Trouble: too little disk, or names, addresses or ports in use.
    """
    layout.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(layout.folder).free
    if free < LEAST_FREE_BYTES:
        raise Trouble(
            f"only {free / 1024**3:.1f} GiB are free under {layout.folder}",
            why=f"images and volumes need at least {LEAST_FREE_BYTES // 1024**3} GiB",
            fix="make room, or set WIREPLAN_CLUSTERS to a folder on another disk",
        )
    network.refuse_foreign(layout, network.links(), process.output(["ip", "route", "show"]))


def refuse_taken_ports(layout: Layout) -> None:
    """Refuse to start where another program listens on every address, ours included.

    Raises:
        Trouble: a port is taken.
    """
    known = processes.recorded(layout.records)
    for name, port in PORTS:
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


def overlaid(folder: Path, mounts: str | None = None) -> bool:
    """Whether the folder lies on an overlay, as in a container: another overlay cannot be put upon it."""
    text = Path("/proc/self/mounts").read_text() if mounts is None else mounts
    rows = [line.split() for line in text.splitlines()]
    over = [row for row in rows if len(row) > 2 and folder.is_relative_to(row[1])]
    # Of two mounts on one point the later one counts.
    return bool(over) and max(enumerate(over), key=lambda pair: (len(pair[1][1]), pair[0]))[1][2] == "overlay"
