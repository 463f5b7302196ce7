"""Clear what a cluster leaves on the machine: after `down`, after a crash, after a reboot. Data stays."""

import shutil
from pathlib import Path

from wireplan.rim.cluster import groups, host, mounts, network, processes, tables
from wireplan.rim.cluster.layout import Layout, Node

BOOT = Path("/proc/sys/kernel/random/boot_id")


def other_life(layout: Layout) -> bool:
    """Whether the records are from before the last reboot: their process ids mean nothing now."""
    file = layout.run / "boot"
    return file.is_file() and file.read_text() != BOOT.read_text()


def begin_life(layout: Layout) -> None:
    """Note which boot the records belong to."""
    layout.run.mkdir(parents=True, exist_ok=True)
    (layout.run / "boot").write_text(BOOT.read_text())


def running(layout: Layout) -> bool:
    """Whether any process of the cluster is alive."""
    return not other_life(layout) and any(map(processes.alive, processes.recorded(layout.records).values()))


def clear_node(node: Node, records: Path) -> None:
    """Everything of one node but its data: processes, mounts, sockets, network."""
    processes.end_group(node.group)
    for path in records.glob(f"{node.name}-*.json"):
        path.unlink()
    mounts.drop(node)
    network.drop_node(node)
    groups.remove(node.group)
    shutil.rmtree(node.run, ignore_errors=True)


def clear(layout: Layout) -> None:
    """Everything of the cluster but its data."""
    processes.end_group(layout.group)
    for node in layout.nodes:
        clear_node(node, layout.records)
    groups.remove(layout.group)
    network.drop_bridge(layout)
    tables.leave(layout)
    mounts.drop_keeper(layout)
    if other_life(layout):
        host.note(layout).unlink(missing_ok=True)
    host.restore(layout)
    shutil.rmtree(layout.run, ignore_errors=True)
