"""Chains of calls: where they close to a cycle, how attempts multiply along them, and what every request of an edge needs.

Each is one walk over all calls. A witness is a `Way`: calls, the outermost first.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from wireplan.records import dataclass
from wireplan.topology import grpc
from wireplan.topology.kept import kept
from wireplan.topology.types import Call, Edge, Tier, Topology

HOP = 0.05
"""Seconds kept back at each hop for the answer's way; the skeletons keep back as much of the remaining time."""
LIMIT = 4
"""The most attempts that one request should become along a path on which several calls are repeated (RPC006)."""

Way = tuple[Call, ...]
Node = TypeVar("Node", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Chains:
    """The calls of a topology. `order` has callers before callees; `onward` leaves out calls inside a cycle, which have no order."""

    order: tuple[str, ...]
    cycles: tuple[Way, ...]  # one of each set of services that call each other round
    onward: Mapping[str, Way]


@dataclass(frozen=True, slots=True)
class Worst:
    """The path to a service on which one request becomes most attempts: their product, how many calls repeat, the last call."""

    attempts: int = 1
    repeating: int = 0
    last: Call | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """How requests of an edge come to a service that they cannot do without: the edge, its route, the last call."""

    edge: Edge
    route: int
    last: Call | None = None


@kept
def chains(topology: Topology) -> Chains:
    """The chains of a topology."""
    found = components({name: tuple(service.calls) for name, service in topology.services.items()})
    of = {name: number for number, names in enumerate(found) for name in names}
    cycles = [cycle(topology, names) for names in found if len(names) > 1]
    onward = {
        name: tuple(call for call in service.calls.values() if of[call.callee] != of[name])
        for name, service in topology.services.items()
    }
    return Chains(tuple(name for names in found for name in names), tuple(cycles), onward)


def components(out: Mapping[Node, Iterable[Node]]) -> tuple[tuple[Node, ...], ...]:
    """Sets of nodes that reach each other, callers before callees (Kosaraju's algorithm: two walks)."""
    into: defaultdict[Node, list[Node]] = defaultdict(list)
    for name, targets in out.items():
        for target in targets:
            into[target].append(name)
    taken: set[Node] = set()
    return tuple(gathered(into, name, taken) for name in reversed(finished(out)) if name not in taken)


def finished(out: Mapping[Node, Iterable[Node]]) -> list[Node]:
    """All nodes in the order in which a depth-first walk leaves them."""
    seen: set[Node] = set()
    done: list[Node] = []
    for start in out:
        if start in seen:
            continue
        seen.add(start)
        stack = [(start, iter(out[start]))]
        while stack:
            name, rest = stack[-1]
            target = next((each for each in rest if each not in seen), None)
            if target is None:
                done.append(name)
                stack.pop()
            else:
                seen.add(target)
                stack.append((target, iter(out[target])))
    return done


def gathered(into: Mapping[Node, Iterable[Node]], start: Node, taken: set[Node]) -> tuple[Node, ...]:
    """All nodes that come to `start` and are not taken yet."""
    taken.add(start)
    found = [start]
    for name in found:  # grows while it is walked
        new = [each for each in into.get(name, ()) if each not in taken]
        taken.update(new)
        found.extend(dict.fromkeys(new))
    return tuple(found)


def cycle(topology: Topology, names: Iterable[str]) -> Way:
    """The shortest way from the first of `names`, in the file's order, back to itself by these alone."""
    inside = set(names)
    start = next(name for name in topology.services if name in inside)
    came: dict[str, Call] = {}
    waiting = deque([start])
    while start not in came:
        for call in topology.services[waiting.popleft()].calls.values():
            if call.callee in inside and call.callee not in came:
                came[call.callee] = call
                waiting.append(call.callee)
    found = [came[start]]
    while found[-1].caller != start:
        found.append(came[found[-1].caller])
    return tuple(reversed(found))


def attempts(topology: Topology, call: Call) -> int:
    """How often one call is made at most: only methods whose contract says that they are idempotent are repeated."""
    contract = topology.contracts.get(call.contract or "")
    if contract is None or call.retry.attempts == 1:
        return call.retry.attempts
    called = [contract.methods[name] for name in call.methods if name in contract.methods]
    return call.retry.attempts if any(map(grpc.idempotent, called or contract.methods.values())) else 1


def worst(topology: Topology, found: Chains) -> Mapping[str, Worst]:
    """Of each service, the path to it on which one request becomes most attempts."""
    table = dict.fromkeys(found.order, Worst())
    for name in found.order:
        here = table[name]
        for call in found.onward[name]:
            times = attempts(topology, call)
            if here.attempts * times > table[call.callee].attempts:
                table[call.callee] = Worst(here.attempts * times, here.repeating + (times > 1), call)
            elif table[call.callee].last is None:
                table[call.callee] = Worst(1, 0, call)
    return table


def onto(topology: Topology, found: Chains) -> Mapping[str, Worst]:
    """Of each service, the path below it on which one request becomes most attempts; `last` is its first call."""
    table: dict[str, Worst] = {}
    for name in reversed(found.order):
        table[name] = Worst()
        for call in found.onward[name]:
            times, below = attempts(topology, call), table[call.callee]
            if times * below.attempts > table[name].attempts:
                table[name] = Worst(times * below.attempts, below.repeating + (times > 1), call)
    return table


def way(table: Mapping[str, Worst] | Mapping[str, Entry], last: Call | None) -> Way:
    """The calls of the path in `table` that ends with the call `last`."""
    found: list[Call] = []
    while last is not None:
        found.append(last)
        last = table[last.caller].last
    return tuple(reversed(found))


def arrivals(topology: Topology, found: Chains, start: str) -> Mapping[str, int]:
    """How many calls one request to `start` may become at each service below it, over all paths and with all attempts."""
    table: defaultdict[str, int] = defaultdict(int, {start: 1})
    for name in found.order:
        if name in table:
            for call in found.onward[name]:
                table[call.callee] += table[name] * attempts(topology, call)
    return table


@kept
def needed(topology: Topology) -> Mapping[str, Entry]:
    """The services that requests of edges cannot do without, each with a shortest way there: by routes, then by critical calls."""
    found: dict[str, Entry] = {}
    for edge in topology.edges.values():
        for number, route in enumerate(edge.routes):
            if not route.bucket and topology.services[route.to].tier is Tier.CRITICAL:
                found.setdefault(route.to, Entry(edge, number))
    waiting = deque(found)
    while waiting:
        name = waiting.popleft()
        for call in topology.services[name].calls.values():
            if call.critical and call.callee not in found:
                found[call.callee] = Entry(found[name].edge, found[name].route, call)
                waiting.append(call.callee)
    return found
