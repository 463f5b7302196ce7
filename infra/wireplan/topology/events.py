"""Where events come back to where they began: topics lead to services, services to topics.

Topics and services are the nodes of one graph, so that each publication and each consumption is one edge: a walk is linear also for a service that consumes and publishes many.
"""

from collections import deque
from collections.abc import Iterator, Mapping

from wireplan.records import dataclass
from wireplan.topology import index
from wireplan.topology.chains import components
from wireplan.topology.types import Topology

Node = tuple[str, str]
"""`topic` or `service`, and its name."""
Edges = Mapping[Node, tuple[Node, ...]]
TOPIC, SERVICE = "topic", "service"


@dataclass(frozen=True, slots=True)
class Hop:
    """A service that consumes one topic and publishes another, or the same."""

    consumed: str
    service: str
    published: str


def circles(topology: Topology) -> Iterator[tuple[Hop, ...]]:
    """The shortest circle through the first service of each set whose events come back to it, in the order of the file."""
    out = edges(topology)
    sets = components(out)
    of = {node: number for number, nodes in enumerate(sets) for node in nodes}
    told: set[int] = set()
    for name in topology.services:
        number = of[SERVICE, name]
        if len(sets[number]) > 1 and number not in told:
            told.add(number)
            yield hops(circle(out, (SERVICE, name), set(sets[number])))


def comes_back(topology: Topology, topic: str) -> bool:
    """Whether events that follow from those of a topic come to it again."""
    return any(len(nodes) > 1 and (TOPIC, topic) in nodes for nodes in components(edges(topology)))


def edges(topology: Topology) -> Edges:
    """What leads where. What a saga's owner awaits leads to no further event: it ends a step; nor does what is sent to people."""
    ended = {*awaited(topology), *told_to_itself(topology), *sent(topology)}
    out: dict[Node, list[Node]] = {(TOPIC, name): [] for name in topology.topics}
    for name, service in topology.services.items():
        out[SERVICE, name] = [(TOPIC, topic) for topic in service.publishes]
        for topic in service.consumes:
            if (name, topic) not in ended:
                out[TOPIC, topic].append((SERVICE, name))
    return {node: tuple(targets) for node, targets in out.items()}


def sent(topology: Topology) -> Iterator[tuple[str, str]]:
    """Services and the topics of their channels: what they read there goes to people, and to no further topic."""
    for service in topology.services.values():
        yield from ((service.name, channel.topic) for channel in service.channels.values())


def awaited(topology: Topology) -> Iterator[tuple[str, str]]:
    """Owners of sagas and the topics of the answers that they wait for."""
    for saga in topology.sagas.values():
        yield from ((saga.owner, step.awaits) for step in saga.steps if step.awaits)


def told_to_itself(topology: Topology) -> Iterator[tuple[str, str]]:
    """Owners of sagas and the topics by which these, and nobody else, tell them what to do: a saga has so many steps and no more."""
    told = {
        (saga.owner, topic)
        for saga in topology.sagas.values()
        for step in saga.steps
        for topic in (step.send, step.undo_send)
        if topic
    }
    if not told:
        return
    producers = index.producers(topology)
    yield from (
        (owner, topic) for owner, topic in told if {p.service for p in producers.get(topic, ())} == {owner}
    )


def circle(out: Edges, start: Node, inside: set[Node]) -> list[Node]:
    """The shortest way from a node back to itself, without the last step."""
    before: dict[Node, Node] = {}
    waiting = deque([start])
    while start not in before:
        node = waiting.popleft()
        for target in out[node]:
            if target in inside and target not in before:
                before[target] = node
                waiting.append(target)
    way = [before[start]]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]


def hops(way: list[Node]) -> tuple[Hop, ...]:
    """A circle that begins with a service, hop by hop; its last is the one that closes it."""
    names = [name for _, name in way]
    topics, services = names[1::2], names[0::2]
    ends = [*zip(topics, services[1:], topics[1:], strict=False), (topics[-1], services[0], topics[0])]
    return tuple(Hop(*each) for each in ends)
