"""Ways from one part to another along calls, records and stores."""

from collections import deque
from collections.abc import Collection, Iterator
from itertools import pairwise

from wireplan.topology.graph import Graph, Link, LinkKind, Node, goes_on

Way = tuple[Link, ...]


def forward(graph: Graph, node: Node) -> Iterator[tuple[Link, Node]]:
    """The links by which work, records or data leave a part, each with where they lead: a record goes on to whom consumes it."""
    yield from ((link, link.target) for link in graph.out.get(node, ()) if link.kind is not LinkKind.CONSUME)
    yield from ((link, link.source) for link in graph.into.get(node, ()) if link.kind is LinkKind.CONSUME)


def backward(graph: Graph, node: Node) -> Iterator[Node]:
    """The parts from which work, records or data come to a part in one step."""
    yield from (link.source for link in graph.into.get(node, ()) if link.kind is not LinkKind.CONSUME)
    yield from (link.target for link in graph.out.get(node, ()) if link.kind is LinkKind.CONSUME)


def leading(graph: Graph, end: Node) -> tuple[Node, ...]:
    """Every part that leads to `end`, in the order of the file."""
    found, waiting = {end}, [end]
    for node in waiting:  # grows while it is walked
        if node != end and not goes_on(node):
            continue
        new = [each for each in dict.fromkeys(backward(graph, node)) if each not in found]
        found.update(new)
        waiting.extend(new)
    return tuple(node for node in graph.nodes if node in found and node != end)


def shortest(graph: Graph, start: Node, end: Node, avoided: Collection[Link] = ()) -> Way | None:
    """A shortest way, without some links; None where there is none. Of a part to itself the way around."""
    came: dict[Node, tuple[Node, Link]] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for link, after in forward(graph, node):
            if after in came or link in avoided:
                continue
            came[after] = (node, link)
            if after == end:
                return traced(came, start, end)
            if goes_on(after):
                waiting.append(after)
    return None


def traced(came: dict[Node, tuple[Node, Link]], start: Node, end: Node) -> Way:
    """The links from `start` to `end`."""
    node, links = end, list[Link]()
    while not links or node != start:
        node, link = came[node]
        links.append(link)
    return tuple(reversed(links))


MOST = 3


def others(graph: Graph, start: Node, end: Node, way: Way) -> tuple[Way, ...]:
    """Up to three further ways, each without some link of the shortest."""
    found: dict[Way, None] = {}
    for link in way:
        other = shortest(graph, start, end, (link,))
        if other:
            found.setdefault(other)
    return tuple(found)[:MOST]


def passed(way: Way, start: Node) -> tuple[Node, ...]:
    """The parts along a way, both ends included."""
    return (start, *(link.source if link.kind is LinkKind.CONSUME else link.target for link in way))


def hops(way: Way, start: Node) -> Iterator[tuple[Link, Node, Node]]:
    """Each link of a way with the parts at its ends, in the direction of the way."""
    for link, (source, target) in zip(way, pairwise(passed(way, start)), strict=True):
        yield link, source, target
