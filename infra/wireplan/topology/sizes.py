"""How large a message may be where it comes in, and where it may go on: limits along the way from an edge to the last consumer.

Only what a service cannot keep itself has to go on: one with a database, a bucket or another system behind it may put there what is large; and a call by HTTP takes what it is given.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from wireplan.records import dataclass
from wireplan.topology import capacity, index
from wireplan.topology.types import Consumption, Edge, Path, Service, Topology

GRPC = "grpc"
BY_EDGE, CALL, RECORD, ANSWER = (
    'a request by edge "{}"', 'a call to "{}"', 'a record of "{}"', 'an answer to group "{}"',
)  # fmt: skip


class Limit(NamedTuple):
    """The largest message at one place of its way, bytes, and where that is said. Every service has some, so its words are put together when asked for."""

    size: int
    words: str
    name: str
    path: Path

    @property
    def where(self) -> str:
        """What is so large at most."""
        return self.words.format(self.name)


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
            enters, leaves = into(topology, service, edges), out(topology, service)
            if enters and leaves and max(enters).size > max(leaves).size:
                yield passage(topology, service, edges)


def passage(topology: Topology, service: Service, edges: Mapping[str, tuple[Edge, ...]]) -> Passage:
    """One service."""
    ways = (tuple(into(topology, service, edges)), tuple(out(topology, service)))
    return Passage(service.name, keeps(service), *ways)


def keeps(service: Service) -> bool:
    """Whether a service may put what is large somewhere of its own, or hand it on by a way without a limit."""
    writable = any(use.writes for use in service.buckets.values())
    unlimited = any(call.protocol != GRPC for call in service.calls.values())
    return bool(service.database or service.externals or writable or unlimited)


def into(topology: Topology, service: Service, edges: Mapping[str, tuple[Edge, ...]]) -> list[Limit]:
    """Requests by edges, requests by calls, records."""
    asked = [
        Limit(edge.max_body, BY_EDGE, edge.name, ("edges", edge.name, "max_body"))
        for edge in edges.get(service.name, ())
        if edge.max_body is not None
    ]
    return [*asked, *of_server(service), *(of_topic(topology, name) for name in service.consumes)]


def out(topology: Topology, service: Service) -> list[Limit]:
    """Calls and publications."""
    calls = [limit for callee in service.calls for limit in of_server(topology.services[callee])]
    return [*calls, *(of_topic(topology, name) for name in service.publishes)]


def of_server(service: Service) -> tuple[Limit, ...]:
    """A call to a service, where it serves gRPC."""
    if service.grpc is None:
        return ()
    path: Path = ("services", service.name, "grpc", "max_message_bytes")
    return (Limit(service.grpc.max_message_bytes, CALL, service.name, path),)


def of_topic(topology: Topology, name: str) -> Limit:
    """A record of a topic."""
    path: Path = ("topics", name, "max_message_bytes")
    return Limit(topology.topics[name].max_message_bytes, RECORD, name, path)


def letters(topology: Topology, group: Consumption) -> tuple[Limit, ...]:
    """Where a record of a group goes after its topic: its consumer, its retry topics, its dead letters (KAF017)."""
    path: Path = ("services", group.service, "consumes", group.topic)
    consumer = Limit(capacity.RECEIVED, ANSWER, group.group, path)
    return (consumer, *(of_topic(topology, name) for name in group.aside))
