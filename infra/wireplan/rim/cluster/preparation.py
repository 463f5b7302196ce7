"""Write what a cluster's programs read: certificates, kubeconfigs, configuration files."""

import datetime
import os
from collections.abc import Sequence
from pathlib import Path

from wireplan.rim import engines, files
from wireplan.rim.cluster import certificates, kubeconfig, machine, settings
from wireplan.rim.cluster.layout import NODE_COUNT, Layout, Node

CAP_SYS_RESOURCE = 24
# Where systemd-resolved answers on loopback, the servers that it asks stand in the second one.
RESOLVERS = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
# What etcd, the API server, the controllers and the agents need, as seen on a running cluster.
CONTROL_BYTES = 1536 * 1024 * 1024


def prepare(layout: Layout) -> None:
    """Write every file; those that are right already stay as they are."""
    certificates.ensure(layout, datetime.datetime.now(datetime.UTC))
    for user in ("controller-manager", "scheduler", "kube-proxy", "netpol"):
        config(layout, layout.settings / f"{user}.kubeconfig", user)
    config(layout, layout.kubeconfig, "admin")
    files.write(layout.settings / "resolv.conf", name_servers(RESOLVERS))
    files.write(layout.settings / "registries" / "_default" / "hosts.toml", settings.registry())
    make_volumes(layout)
    for node in layout.nodes:
        prepare_node(layout, node)


def name_servers(resolvers: Sequence[Path]) -> str:
    """The name servers of the first of these files that names any beyond this machine's loopback."""
    found = (settings.resolver(path.read_text().splitlines()) for path in resolvers if path.is_file())
    return next((servers for servers in found if servers), "")


def config(layout: Layout, path: Path, user: str) -> None:
    """One kubeconfig, for the owner's eyes only."""
    files.write(path, kubeconfig.text(layout.server, layout.context, layout.certificates, user), 0o600)


def prepare_node(layout: Layout, node: Node) -> None:
    """One node's files."""
    folder = layout.settings / node.name
    config(layout, folder / "kubelet.kubeconfig", node.name)
    files.write(folder / "kubelet.json", settings.kubelet(layout, node, reserved_bytes=reserved(memory())))
    files.write(folder / "kube-proxy.json", settings.kube_proxy(layout, node))
    files.write(folder / "network" / "10-wireplan.conflist", settings.network(node))
    runtime = settings.containerd(
        layout,
        node,
        runc=engines.path("runc"),
        plugins=engines.path("cni"),
        restricted=not may_adjust_scores(),
        overlay=not machine.overlaid(layout.folder.resolve()),
    )
    files.write(folder / "containerd.toml", runtime)


def make_volumes(layout: Layout) -> None:
    """The folders that volumes lie in. Each volume is open to whoever its pod runs as, so other users must not come near it.

    Pods do: what is mounted into them is reached without the folders above it.
    """
    for node in layout.nodes:
        (layout.volumes / node.name).mkdir(parents=True, exist_ok=True)
    layout.volumes.chmod(0o700)


def memory() -> int:
    """The machine's memory in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def reserved(total: int) -> int:
    """What one node must leave alone: all but its share of what the control plane does not need."""
    return total - max(total - CONTROL_BYTES, total // 2) // NODE_COUNT


def may_adjust_scores() -> bool:
    """Whether this root may lower out-of-memory scores; in many containers it may not."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> CAP_SYS_RESOURCE & 1)
    return False
