"""The whole answer to `wireplan why A B`: the way, its facts, and the findings that speak of them."""

from collections.abc import Callable, Iterator, Mapping

from wireplan.findings import Finding
from wireplan.model.units import share_text
from wireplan.reasons import calls, limits, purges, records, stores, survivals, ways
from wireplan.reasons.facts import Fact, Found, Hop, harmless, told
from wireplan.records import dataclass
from wireplan.topology import waits
from wireplan.topology.graph import Graph, Link, LinkKind, Node
from wireplan.topology.types import Call, Topology
from wireplan.topology.waits import Wait


@dataclass(frozen=True, slots=True)
class Answer:
    """A way and all that is known of it; without hops there is none, and `reached` are the parts that the start does lead to.

    `into` are the parts that lead to the end, `backwards` is whether the end leads to the start. `waived` are findings that a waiver allows.
    """

    start: Node
    end: Node
    environment: str
    hops: tuple[Hop, ...]
    findings: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()
    others: tuple[tuple[Node, ...], ...] = ()
    reached: tuple[Node, ...] = ()
    into: tuple[Node, ...] = ()
    backwards: bool = False

    @property
    def safe(self) -> bool:
        """Whether there is a way, and no error or warning on it that nobody accepted."""
        return bool(self.hops) and harmless(self.findings)


def answer(topology: Topology, graph: Graph, ends: tuple[Node, Node], found: Found) -> Answer:
    """The answer for a way from the first of `ends` to the second."""
    start, end = ends
    way = ways.shortest(graph, start, end)
    name = topology.environment.name
    if way is None:
        reached = tuple(node for node in graph.reached(start) if node != start)
        backwards = ways.shortest(graph, end, start) is not None
        return Answer(
            start, end, name, (), reached=reached, into=ways.leading(graph, end), backwards=backwards
        )
    hops = tuple(stated(topology, way, start))
    findings, waived = told((fact for each in hops for fact in each.facts), found)
    nodes = ways.passed(way, start)
    others = dict.fromkeys(ways.passed(each, start) for each in ways.others(graph, start, end, way))
    return Answer(start, end, name, hops, findings, waived, tuple(each for each in others if each != nodes))


def stated(topology: Topology, way: ways.Way, start: Node) -> Iterator[Hop]:
    """Each hop of a way with its facts. Time runs along: what a caller has is what the hop before left it."""
    above = given(topology, start)
    before: tuple[Call, ...] = ()
    for link, source, target in ways.hops(way, start):
        first = resting(topology, start.name) if source == start and start.noun == "topics" else ()
        facts = (*first, *FACTS[link.kind](topology, link, above, before))
        yield Hop(link.kind, source, target, link.path, facts)
        above, call = after(topology, link)
        before = (*before, call) if call else ()


def resting(topology: Topology, topic: str) -> Iterator[Fact]:
    """Records that lie in the topic where a way begins."""
    yield from records.of_topic(topology, topic)
    yield survivals.of_topic(topology, topology.topics[topic])


def given(topology: Topology, start: Node) -> Wait | None:
    """The shortest that anyone waits for the part where a way begins; nothing where nobody does."""
    service = topology.services.get(start.name) if start.noun == "services" else None
    if service is None:
        return None
    return min(waits.waits(topology, service), key=lambda each: each.seconds, default=None)


def after(topology: Topology, link: Link) -> tuple[Wait | None, Call | None]:
    """What the next hop has of time, and the call that leads there, where it is one."""
    if link.kind is LinkKind.CALL:
        call = topology.services[link.source.name].calls[link.target.name]
        return waits.of_call(call), call
    if link.kind is LinkKind.ROUTE:
        return waits.of_edge(topology.edges[link.source.name]), None
    if link.kind is LinkKind.CONSUME:
        return waits.of_group(topology.services[link.source.name].consumes[link.target.name]), None
    return None, None


def of_route(topology: Topology, link: Link, _: Wait | None, __: tuple[Call, ...]) -> Iterator[Fact]:
    """From an edge to a service or a bucket."""
    yield from calls.of_edge(topology.edges[link.source.name])
    yield from limits.of_edge(topology.edges[link.source.name], to_bucket=link.target.noun == "buckets")
    if link.target.noun == "services":
        yield from calls.of_pods(topology.services[link.target.name])
    else:
        yield from of_bucket(topology, link.target.name)
    route = topology.edges[link.source.name].routes[int(str(link.path[-1]))]
    if route.objective is not None:
        said = f"{share_text(route.objective)} of its requests"
        yield Fact("promise", said, (*link.path, "objective"), ("EDG003",))
    if route.outside:
        yield from stores.of_outside(link.source.name, route.outside, link.path)
    else:
        yield from calls.of_network(link.target.name, link.path)


def of_call(topology: Topology, link: Link, above: Wait | None, before: tuple[Call, ...]) -> Iterator[Fact]:
    """From a service to another."""
    caller, callee = topology.services[link.source.name], topology.services[link.target.name]
    yield from calls.of_call(topology, caller.calls[callee.name], above, before)
    yield from limits.of_call(topology, caller, callee)
    yield from calls.of_server(callee)
    yield from calls.of_pods(callee)
    yield from calls.of_network(callee.name, link.path)


def of_publication(topology: Topology, link: Link, _: Wait | None, __: tuple[Call, ...]) -> Iterator[Fact]:
    """From a service to a topic."""
    yield from records.of_publication(
        topology, topology.services[link.source.name].publishes[link.target.name]
    )


def of_consumption(topology: Topology, link: Link, _: Wait | None, __: tuple[Call, ...]) -> Iterator[Fact]:
    """From a topic to a group; links of this kind point the other way."""
    service = topology.services[link.source.name]
    yield from records.of_consumption(topology, service.consumes[link.target.name])
    yield from calls.of_pods(service)


def of_bucket(topology: Topology, name: str) -> Iterator[Fact]:
    """A bucket and the store that it lies in."""
    yield from stores.of_bucket(topology.buckets[name])
    yield from stores.of_objects(topology.object_store)
    yield from survivals.of_bucket(topology, topology.buckets[name])


def of_store(topology: Topology, link: Link, _: Wait | None, __: tuple[Call, ...]) -> Iterator[Fact]:
    """From whatever uses it to a database, a cache, a bucket, a system that is not ours."""
    name = link.target.name
    use = topology.services[link.source.name].database if link.kind is LinkKind.DATABASE else None
    if use:
        yield from stores.of_database(topology, use)
    elif link.kind is LinkKind.CACHE:
        yield from stores.of_cache(topology.caches[name])
        yield from survivals.of_cache(topology, topology.services[link.source.name])
    elif link.kind is LinkKind.EXTERNAL:
        yield from stores.of_external(topology.externals[name])
    elif link.kind is LinkKind.BACKUP:
        yield from stores.of_backup(topology.databases[link.source.name])
        yield from of_bucket(topology, name)
    else:
        yield from of_bucket(topology, name)


def of_purge(topology: Topology, link: Link, _: Wait | None, __: tuple[Call, ...]) -> Iterator[Fact]:
    """From a service to an edge whose cache it purges."""
    yield from purges.of_purge(topology, link.source.name, link.target.name, link.path)


Stated = Callable[[Topology, Link, "Wait | None", "tuple[Call, ...]"], Iterator[Fact]]
FACTS: Mapping[LinkKind, Stated] = {
    LinkKind.ROUTE: of_route,
    LinkKind.CALL: of_call,
    LinkKind.PUBLISH: of_publication,
    LinkKind.CONSUME: of_consumption,
    LinkKind.PURGE: of_purge,
    **dict.fromkeys(
        (
            LinkKind.DATABASE,
            LinkKind.CACHE,
            LinkKind.BUCKET,
            LinkKind.EXTERNAL,
            LinkKind.UPLOAD,
            LinkKind.BACKUP,
        ),
        of_store,
    ),
}
