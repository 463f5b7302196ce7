"""The system as a picture: what is drawn, and which way its arrows point. The formats spell it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from wireplan.model.units import duration_text
from wireplan.topology.graph import Link, LinkKind, Node, graph
from wireplan.topology.types import ServiceKind, Topology

SPOKEN = {
    ServiceKind.GATEWAY: "gateway",
    ServiceKind.GRPC: "gRPC service",
    ServiceKind.HTTP: "HTTP service",
    ServiceKind.WORKER: "worker",
}


@dataclass(frozen=True, slots=True)
class Arrow:
    """From where work, records or data go to where. A dashed one is not waited for."""

    source: Node
    target: Node
    kind: LinkKind
    label: str
    dashed: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A system's nodes and arrows, in the order of its file. `captions` say in a few words what a node is."""

    system: str
    environment: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    captions: Mapping[Node, str] = field(default_factory=dict[Node, str])

    def numbered(self) -> dict[Node, str]:
        """A short identifier a node: names hold characters that no format takes in one."""
        return {node: f"n{number}" for number, node in enumerate(self.nodes)}


def picture(topology: Topology, *, everything: bool = False) -> Picture:
    """The picture of a topology; retry and dead-letter topics only where everything is wanted."""
    found = graph(topology)
    aside = {name for name, topic in topology.topics.items() if topic.aside}
    nodes = tuple(
        node for node in found.nodes if everything or node.noun != "topics" or node.name not in aside
    )
    drawn = set(nodes)
    arrows = (arrow(topology, link) for link in found.links if {link.source, link.target} <= drawn)
    more = dead_letters(topology) if everything else ()
    captions = {node: caption(topology, node) for node in nodes}
    return Picture(topology.system, topology.environment.name, nodes, (*arrows, *more), captions)


def caption(topology: Topology, node: Node) -> str:
    """What a node is, in a few words; numbers only where they shape the system."""
    match node.noun:
        case "edges":
            return {"cdn": "CDN", "load-balancer": "load balancer"}[topology.edges[node.name].kind]
        case "services":
            service = topology.services[node.name]
            return f"{SPOKEN[service.kind]} \u00d7 {counted(service.replicas.min, service.replicas.max)}"
        case "topics":
            partitions = topology.topics[node.name].partitions
            return f"topic, {partitions} partition{'' if partitions == 1 else 's'}"
        case "databases":
            return f"Postgres \u00d7 {topology.databases[node.name].instances}"
        case "externals":
            return f"external, {topology.externals[node.name].protocol}"
        case _:
            return node.noun.removesuffix("s")


def counted(least: int, most: int) -> str:
    """`3`, or `2..6` where an autoscaler decides."""
    return str(least) if least == most else f"{least}..{most}"


def arrow(topology: Topology, link: Link) -> Arrow:
    """A link as it is drawn: a record goes from its topic to whom consumes it."""
    ends = (link.target, link.source) if link.kind is LinkKind.CONSUME else (link.source, link.target)
    return Arrow(*ends, link.kind, label(topology, link), not link.synchronous)


def label(topology: Topology, link: Link) -> str:
    """What stands at the arrow: the deadline of a call, the group of a consumer, else what it is."""
    service = topology.services.get(link.source.name)
    if service and link.kind is LinkKind.CALL:
        return duration_text(service.calls[link.target.name].deadline)
    if service and link.kind is LinkKind.CONSUME:
        return service.consumes[link.target.name].group
    return link.kind.value


def dead_letters(topology: Topology) -> Iterator[Arrow]:
    """Where records go that could not be handled."""
    for topic in topology.topics.values():
        if topic.source is not None:
            ends = (Node("topics", topic.source), Node("topics", topic.name))
            yield Arrow(*ends, LinkKind.PUBLISH, topic.role.value, dashed=True)
