"""The topology as a graph: every noun a node, every use a link. What pictures, rules and change reports walk over."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from wireplan.topology.types import Path, Service, Topology


class LinkKind(Enum):
    """What one node is to another."""

    ROUTE = "route"
    CALL = "call"
    PUBLISH = "publish"
    CONSUME = "consume"
    DATABASE = "database"
    CACHE = "cache"
    BUCKET = "bucket"
    EXTERNAL = "external"
    UPLOAD = "upload"
    BACKUP = "backup"
    PURGE = "purge"


@dataclass(frozen=True, order=True, slots=True)
class Node:
    """A part of the system: its noun as the file spells it (`services`), and its name."""

    noun: str
    name: str

    def __str__(self) -> str:
        return f"{self.noun}.{self.name}"


@dataclass(frozen=True, slots=True)
class Link:
    """`source` uses `target`; requests, or records, go from the one to the other. `path` is where that is written."""

    kind: LinkKind
    source: Node
    target: Node
    path: Path

    @property
    def synchronous(self) -> bool:
        """Whether the source waits for the target."""
        return self.kind not in (LinkKind.PUBLISH, LinkKind.CONSUME, LinkKind.BACKUP)


@dataclass(frozen=True)
class Graph:
    """All nodes and links of a topology, in the order of the file."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]

    @cached_property
    def out(self) -> dict[Node, tuple[Link, ...]]:
        """Links by their source."""
        table: dict[Node, list[Link]] = {node: [] for node in self.nodes}
        for link in self.links:
            table[link.source].append(link)
        return {node: tuple(links) for node, links in table.items()}

    @cached_property
    def into(self) -> dict[Node, tuple[Link, ...]]:
        """Links by their target."""
        table: dict[Node, list[Link]] = {node: [] for node in self.nodes}
        for link in self.links:
            table[link.target].append(link)
        return {node: tuple(links) for node, links in table.items()}

    def reached(self, start: Node) -> tuple[Node, ...]:
        """Every node that work beginning at `start` may come to, `start` first, nearest first.

        A record goes on from its topic to the groups that consume it; a purge ends at its edge.
        """
        found: dict[Node, None] = {start: None}
        waiting = [start]
        while waiting:
            after = [target for node in waiting for target in self.next(node) if target not in found]
            found.update(dict.fromkeys(after))
            waiting = [node for node in dict.fromkeys(after) if goes_on(node)]
        return tuple(found)

    def next(self, node: Node) -> Iterator[Node]:
        """Where work goes from a node: along its links, and from a topic to its consumers."""
        yield from (link.target for link in self.out.get(node, ()) if link.kind is not LinkKind.CONSUME)
        yield from (link.source for link in self.into.get(node, ()) if link.kind is LinkKind.CONSUME)


def goes_on(node: Node) -> bool:
    """Whether work that has come to a node may go on from there: only a purge comes to an edge, and that takes no route."""
    return node.noun != "edges"


def graph(topology: Topology) -> Graph:
    """The graph of a topology."""
    return Graph(nodes(topology), (*of_edges(topology), *of_services(topology), *of_stores(topology)))


def nodes(topology: Topology) -> tuple[Node, ...]:
    """Every node, in the order of the file."""
    tables = {
        "edges": topology.edges,
        "services": topology.services,
        "topics": topology.topics,
        "databases": topology.databases,
        "caches": topology.caches,
        "buckets": topology.buckets,
        "externals": topology.externals,
    }
    return tuple(Node(noun, name) for noun, table in tables.items() for name in table)


def of_edges(topology: Topology) -> Iterator[Link]:
    """Routes, and who purges the cache."""
    for edge in topology.edges.values():
        for index, route in enumerate(edge.routes):
            target = Node("buckets", route.bucket) if route.bucket else Node("services", route.to)
            yield Link(
                LinkKind.ROUTE, Node("edges", edge.name), target, ("edges", edge.name, "routes", index)
            )
        for index, service in enumerate(edge.cache.purged_by if edge.cache else ()):
            path = ("edges", edge.name, "cache", "purged_by", index)
            yield Link(LinkKind.PURGE, Node("services", service), Node("edges", edge.name), path)


def of_services(topology: Topology) -> Iterator[Link]:
    """What services use."""
    for service in topology.services.values():
        source = Node("services", service.name)
        for kind, noun, key, names in uses(service):
            for name in names:
                yield Link(kind, source, Node(noun, name), ("services", service.name, key, name))
        if service.database:
            target = Node("databases", service.database.cluster)
            yield Link(LinkKind.DATABASE, source, target, ("services", service.name, "database"))


def uses(service: Service) -> Iterator[tuple[LinkKind, str, str, tuple[str, ...]]]:
    """Kind, noun, key and names of what a service uses by name."""
    yield LinkKind.CALL, "services", "calls", tuple(service.calls)
    yield LinkKind.PUBLISH, "topics", "publishes", tuple(service.publishes)
    yield LinkKind.CONSUME, "topics", "consumes", tuple(service.consumes)
    yield LinkKind.CACHE, "caches", "caches", service.caches
    yield LinkKind.BUCKET, "buckets", "buckets", tuple(service.buckets)
    yield LinkKind.EXTERNAL, "externals", "externals", service.externals


def of_stores(topology: Topology) -> Iterator[Link]:
    """Uploads through edges, and backups."""
    for bucket in topology.buckets.values():
        if bucket.uploads_through:
            path = ("buckets", bucket.name, "uploads_through")
            yield Link(
                LinkKind.UPLOAD, Node("edges", bucket.uploads_through), Node("buckets", bucket.name), path
            )
    for cluster in topology.databases.values():
        if cluster.backup:
            path = ("databases", cluster.name, "backup", "to")
            yield Link(
                LinkKind.BACKUP, Node("databases", cluster.name), Node("buckets", cluster.backup.to), path
            )
