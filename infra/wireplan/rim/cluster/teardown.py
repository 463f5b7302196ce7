"""`cluster down`: end everything, leave nothing on the machine but the data, and that too only until asked by name."""

import shutil

from wireplan.rim.cluster import leftovers, machine, processes
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.cluster.locks import changing
from wireplan.rim.talk import say, step

# Databases and brokers get this long to close their files, as on a machine that shuts down.
GRACE_SECONDS = 10.0


def down(name: str = "local", *, volumes: bool = False) -> None:
    """End the cluster. Its state, volumes and images stay for the next `up`, unless `volumes` says that all is to go."""
    layout = Layout(name)
    machine.require_root()
    with changing(layout):
        was_up = leftovers.running(layout)
        if was_up:
            with step("end the pods"):
                end_pods(layout)
        with step("end the cluster and clear its mounts, networks and rules"):
            leftovers.clear(layout)
        if volumes and layout.folder.exists():
            with step("delete its data"):
                shutil.rmtree(layout.folder)
    if not was_up and not volumes:
        say(f"the cluster {name} was not up; anything left of it is cleared")
    elif not volumes and layout.folder.exists():
        say(f"its data is kept in {layout.folder}; `wireplan cluster down --volumes` deletes it")


def end_pods(layout: Layout) -> None:
    """End the kubelets first, so that nothing starts pods again, then ask what runs in pods to end."""
    known = processes.recorded(layout.records)
    first = [record for name, record in known.items() if name == "agent" or name.endswith("-kubelet")]
    processes.end(first, 3.0)
    processes.end_several([f"{node.group}/kubepods" for node in layout.nodes], GRACE_SECONDS)
