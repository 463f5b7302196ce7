"""How large a message may be where it comes in, and where it may go on: limits along the way from an edge to the last consumer.

Only what a service cannot keep itself has to go on: one with a database, a bucket or another system behind it may put there what is large; and a call by HTTP takes what it is given.
"""

from collections.abc import Iterator, Mapping

from wireplan.records import dataclass
from wireplan.topology import capacity, index
from wireplan.topology.types import Consumption, Edge, Path, Service, Topology

GRPC = "grpc"


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest message at one place of its way, bytes, and where that is said."""

    where: str
    size: int
    path: Path


@dataclass(frozen=True, slots=True)
class Passage:
    """A service between what may come in and how it may go on; `keeps` where it may put what is large somewhere of its own."""

    service: str
    keeps: bool
    enters: tuple[Limit, ...]
    leaves: tuple[Limit, ...]

    @property
    def widest(self) -> Limit:
        """The way on that takes most."""
        return max(self.leaves, key=lambda limit: limit.size)


def passages(topology: Topology) -> Iterator[Passage]:
    """Every service."""
    edges = index.entries(topology)
    for service in topology.services.values():
        yield passage(topology, service, edges)


def narrow(topology: Topology) -> Iterator[Passage]:
    """The services that keep nothing themselves, and may be given more than any of their ways on takes."""
    edges = index.entries(topology)
    for service in topology.services.values():
        if (service.calls or service.publishes) and not keeps(service):
            most = max(sent(topology, service), default=0)
            if most and any(size > most for size in given(topology, service, edges)):
                yield passage(topology, service, edges)


def given(topology: Topology, service: Service, edges: Mapping[str, tuple[Edge, ...]]) -> Iterator[int]:
    """The sizes alone of what may come in: cheap, since every service is asked."""
    yield from (edge.max_body for edge in edges.get(service.name, ()) if edge.max_body is not None)
    yield from (topology.topics[name].max_message_bytes for name in service.consumes)
    if service.grpc:
        yield service.grpc.max_message_bytes


def sent(topology: Topology, service: Service) -> Iterator[int]:
    """The sizes alone of what may go on."""
    yield from (topology.topics[name].max_message_bytes for name in service.publishes)
    for callee in service.calls:
        server = topology.services[callee].grpc
        if server:
            yield server.max_message_bytes


def passage(topology: Topology, service: Service, edges: Mapping[str, tuple[Edge, ...]]) -> Passage:
    """One service."""
    ways = (tuple(into(topology, service, edges)), tuple(out(topology, service)))
    return Passage(service.name, keeps(service), *ways)


def keeps(service: Service) -> bool:
    """Whether a service may put what is large somewhere of its own, or hand it on by a way without a limit."""
    writable = any(use.writes for use in service.buckets.values())
    unlimited = any(call.protocol != GRPC for call in service.calls.values())
    return bool(service.database or service.externals or writable or unlimited)


def into(topology: Topology, service: Service, edges: Mapping[str, tuple[Edge, ...]]) -> Iterator[Limit]:
    """Requests by edges, requests by calls, records."""
    for edge in edges.get(service.name, ()):
        if edge.max_body is not None:
            yield Limit(f'a request by edge "{edge.name}"', edge.max_body, ("edges", edge.name, "max_body"))
    if service.grpc:
        path: Path = ("services", service.name, "grpc", "max_message_bytes")
        yield Limit(f'a call to "{service.name}"', service.grpc.max_message_bytes, path)
    for name in service.consumes:
        yield of_topic(topology, name)


def out(topology: Topology, service: Service) -> Iterator[Limit]:
    """Calls and publications."""
    for callee in service.calls:
        server = topology.services[callee].grpc
        if server:
            path: Path = ("services", callee, "grpc", "max_message_bytes")
            yield Limit(f'a call to "{callee}"', server.max_message_bytes, path)
    for name in service.publishes:
        yield of_topic(topology, name)


def of_topic(topology: Topology, name: str) -> Limit:
    """A record of a topic."""
    topic = topology.topics[name]
    return Limit(f'a record of "{name}"', topic.max_message_bytes, ("topics", name, "max_message_bytes"))


def letters(topology: Topology, group: Consumption) -> tuple[Limit, ...]:
    """Where a record of a group goes after its topic: its consumer, its retry topics, its dead letters (KAF017)."""
    path: Path = ("services", group.service, "consumes", group.topic)
    consumer = Limit(f'an answer to group "{group.group}"', capacity.RECEIVED, path)
    return (consumer, *(of_topic(topology, name) for name in group.aside))
