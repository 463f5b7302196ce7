"""`cluster status`: what runs, what does not though it should, and what stands in the way. It changes nothing."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from wireplan.rim.cluster import addons, expectations, leftovers, machine, nodes, processes
from wireplan.rim.cluster.api import RefusedError, UnreachableError, administrator
from wireplan.rim.cluster.layout import Layout


@dataclass(frozen=True)
class NodeState:
    """One node: what we did with it, and what Kubernetes says of it."""

    name: str
    address: str
    state: str
    dead: tuple[str, ...] = ()


@dataclass(frozen=True)
class Status:
    """A cluster as it stands."""

    name: str
    state: str
    kubeconfig: str
    context: str
    version: str = ""
    nodes: tuple[NodeState, ...] = ()
    dead: tuple[str, ...] = ()
    parts: dict[str, bool] = field(default_factory=dict[str, bool])
    forwards: tuple[dict[str, Any], ...] = ()
    restarts: dict[str, int] = field(default_factory=dict[str, int])

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"version": 1, "cluster": asdict(self)}


def status(name: str = "local") -> Status:
    """Look at the cluster.

    Raises:
        Trouble: we are not root, and only root may read its certificates.
    """
    layout = Layout(name)
    machine.require_root()
    if not leftovers.running(layout):
        state = "down" if layout.folder.is_dir() else "absent"
        return Status(name, state, str(layout.kubeconfig), layout.context)
    known = processes.recorded(layout.records)
    dead = tuple(one for one in expectations.names(layout) if not processes.alive(known.get(one)))
    api = administrator(layout)
    try:
        version, ready, parts = addons.served(api), nodes.ready_names(api), addons.deployments(api)
    except (RefusedError, UnreachableError):
        version, ready, parts = "", set[str](), {}
    states = tuple(node_state(layout, number, ready, dead) for number in range(1, len(layout.nodes) + 1))
    whole = (
        bool(version)
        and not dead
        and all(parts.values())
        and all(one.state in {"ready", "stopped"} for one in states)
    )
    return Status(
        name,
        "up" if whole else "degraded",
        str(layout.kubeconfig),
        layout.context,
        version,
        states,
        dead,
        parts,
        forwards(layout),
        restarts(layout),
    )


def node_state(layout: Layout, number: int, ready: set[str], dead: tuple[str, ...]) -> NodeState:
    """One node: stopped on purpose, with dead processes, ready or not."""
    node = layout.node(number)
    lost = tuple(one for one in dead if one.startswith(f"{node.name}-"))
    if nodes.stopped(node):
        state = "stopped"
    elif lost:
        state = "broken"
    else:
        state = "ready" if node.name in ready else "not ready"
    return NodeState(node.name, str(node.address), state, lost)


def forwards(layout: Layout) -> tuple[dict[str, Any], ...]:
    """The ways in from 127.0.0.1, as the agent noted them."""
    note = layout.run / "forwards.json"
    return tuple(cast("list[dict[str, Any]]", json.loads(note.read_text()))) if note.is_file() else ()


def restarts(layout: Layout) -> dict[str, int]:
    """How often each process was started again because it had died."""
    note = layout.run / "restarts.json"
    return cast("dict[str, int]", json.loads(note.read_text())) if note.is_file() else {}


def text(found: Status) -> str:
    """The status as a person reads it; what needs doing comes last."""
    lines = [
        f"cluster {found.name}: {found.state}" + (f", Kubernetes {found.version}" if found.version else "")
    ]
    lines += [f"  {one.name}  {one.address}  {one.state}{reason(one.dead)}" for one in found.nodes]
    lines += [
        f"  {name}  {'available' if fine else 'not available'}" for name, fine in sorted(found.parts.items())
    ]
    for way in found.forwards:
        here = f"127.0.0.1:{way['port']}/{way['protocol'].lower()} -> {way['target']}"
        lines.append(
            f"  {here}" + (f"  not open: {way['refused']}; end what holds the port" if way["refused"] else "")
        )
    if found.nodes:
        lines.append(f"  export KUBECONFIG={found.kubeconfig}")
    lines += [
        f"  {name} had died and was started again, {times} in all"
        for name, times in sorted(found.restarts.items())
    ]
    lost = [one for one in found.dead if not one.startswith("node-")]
    if lost:
        lines.append(f"  not running: {', '.join(lost)}")
    return "\n".join([*lines, *advice(found)])


def reason(dead: tuple[str, ...]) -> str:
    """Why a node is broken."""
    return (
        f" (not running: {', '.join(name.partition('-')[2].partition('-')[2] for name in dead)})"
        if dead
        else ""
    )


def advice(found: Status) -> list[str]:
    """What to do next."""
    return {
        "absent": ["run `wireplan cluster up` to make it"],
        "down": [f"its data is kept; run `wireplan cluster up --name {found.name}` to go on with it"],
        "degraded": [f"run `wireplan cluster up --name {found.name}` to start what is missing"],
    }.get(found.state, [])
