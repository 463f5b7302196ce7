"""What one failed part takes down: for every part, which routes fail, degrade or are unharmed, and which flows stop, wait or go on.

`impact(topology)` gives an answer for every node of `graph.graph(topology)` by its id (`str(node)`: `services.auth`), for `kafka` and `object_store`, and for `node`: a machine with all that runs on it;
`effects.impact_data` makes plain data of one. What is asked is how requests fare that come while the part is away, not those in hand when it goes.

Each part is one walk against the direction of the needs, over what it touches and nothing else: first all that fails, nearest first, then all that degrades.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from wireplan.topology import copies, zones
from wireplan.topology.effects import PODS, SUPPLY, Effect, Harm, Impact, Need, Touched, Way, shown
from wireplan.topology.needs import needs, route_id
from wireplan.topology.parts import Part, parts
from wireplan.topology.types import Topology

Found = dict[str, Need | None]
"""What is touched, by id, each with the first need of its way to the failed part; None is the part itself."""


NOTHING = Harm({}, (), ())
NODE = Part("node")
"""A node of the cluster: no part of a topology, and what each of them may lose a copy by."""
ZONE = Part("zone")
"""A zone with all nodes in it, where the environment says how many there are."""


def impact(topology: Topology, wanted: Iterable[str] | None = None) -> Mapping[str, Impact]:
    """By the id of each part, or of those `wanted`, what happens while it is away."""
    table = into(needs(topology))
    known = Known(topology)
    found: dict[str, Impact] = {}
    for part in (each.full for each in can_fail(topology)) if wanted is None else wanted:
        if part == NODE.full:
            found[part] = node(topology, known)
            continue
        if part == ZONE.full:
            found[part] = zone(topology, known)
            continue
        away = harm(table, known, (part, f"{part}{PODS}"))
        each = copies.copies(topology, part)
        several = each.number is not None and each.number > 1
        one = (harm(table, known, each.lost) if each.lost else NOTHING) if several else None
        found[part] = Impact(part, each.number, away, one, each.takeover)
    return found


def falls(topology: Topology, lost: Iterable[str]) -> frozenset[str]:
    """The ids of some parts that are away, and of all that fails with them."""
    away = [inner for part in lost for inner in (part, f"{part}{PODS}")]
    return frozenset(shown(inner) for inner in failing(into(needs(topology)), away))


def can_fail(topology: Topology) -> tuple[Part, ...]:
    """All that may fail, in the order of the graph, a node and a zone last; a saga is work, and fails with what it needs; a drill is none of the system's parts."""
    own = (each for each in parts(topology) if each.noun not in ("sagas", "drills"))
    return (*own, NODE, *([ZONE] if topology.environment.zones else []))


def node(topology: Topology, known: "Known") -> Impact:
    """A node that is gone for good, at the worst: one copy of each part that is ours ran on it, and all of what has one.

    No file says what runs where; that no two copies of a part do is what the manifests ask for.
    """
    counted = {each.full: copies.copies(topology, each.full) for each in parts(topology)}
    alone = [name for name, each in counted.items() if each.number == 1]
    lost = [
        *(inner for name in alone for inner in (name, f"{name}{PODS}")),
        *(inner for each in counted.values() for inner in each.lost),
    ]
    all_of = f", and all of {', '.join(alone)}" if alone else ""
    said = f"At the worst one copy of each part ran on it{all_of}."
    table = into(forgetful(topology, needs(topology)))
    return Impact(NODE.full, None, harm(table, known, dict.fromkeys(lost)), None, said)


def zone(topology: Topology, known: "Known") -> Impact:
    """A zone that is gone for as long as it takes, with the copies that lie in it."""
    number, every = topology.environment.zones or 1, tuple(each.full for each in parts(topology))
    gone = zones.lost(topology, every, number)
    whole = zones.alone(topology, every, number)
    all_of = f" It may have all of {', '.join(whole)}." if whole else ""
    said = f"At the worst the zone has the larger share of what {number} zones cannot share evenly, and the primary of each database.{all_of}"
    table = into(forgetful(topology, needs(topology)))
    return Impact(ZONE.full, None, harm(table, known, dict.fromkeys(gone)), None, said)


def forgetful(topology: Topology, found: Iterable[Need]) -> Iterator[Need]:
    """Needs where caches are away as well: a call whose fallback is kept in one fails its caller."""
    for need in found:
        if need.kind == "call" and not need.hard:
            _, caller, _, callee = need.path
            own = topology.services[str(caller)].calls[str(callee)].fallback
            if own is not None and own.kind == "cache":
                yield replace(need, hard=True, held="")
                continue
        yield need


class Known:
    """Which ids are parts, and which are routes, and of what edge; all others are flows."""

    def __init__(self, topology: Topology) -> None:
        self.parts = frozenset(each.full for each in can_fail(topology))
        self.edge = {
            route_id(edge, n): f"edges.{edge.name}"
            for edge in topology.edges.values()
            for n in range(len(edge.routes))
        }


def into(found: Iterable[Need]) -> Mapping[str, list[Need]]:
    """Needs by what is needed."""
    table: defaultdict[str, list[Need]] = defaultdict(list)
    for need in found:
        table[need.target].append(need)
    return dict(table)


def harm(table: Mapping[str, list[Need]], known: Known, lost: Iterable[str]) -> Harm:
    """All that is touched when some ids are away."""
    fails = failing(table, lost)
    degrades = degrading(table, fails)
    nodes: dict[str, Effect] = {}
    touched: dict[str, Touched] = {}
    for effect, found in ((Effect.FAILS, fails), (Effect.DEGRADES, degrades)):
        for inner in found:
            name = shown(inner)
            if name in known.parts:
                if not inner.endswith(SUPPLY):
                    nodes.setdefault(name, effect)
            elif name not in touched:
                way = ways(inner, fails, degrades)
                touched[name] = Touched(name, effect, whole(way), way)
                if name in known.edge:
                    nodes.setdefault(known.edge[name], effect)
    routes = tuple(each for name, each in touched.items() if name in known.edge)
    return Harm(nodes, routes, tuple(each for name, each in touched.items() if name not in known.edge))


def failing(table: Mapping[str, list[Need]], lost: Iterable[str]) -> Found:
    """What fails, nearest first."""
    found: Found = dict.fromkeys(lost)
    waiting = list(found)
    for name in waiting:  # grows while it is walked
        for need in table.get(name, ()):
            if need.hard and need.source not in found:
                found[need.source] = need
                waiting.append(need.source)
    return found


def degrading(table: Mapping[str, list[Need]], fails: Found) -> Found:
    """What does not fail, but degrades."""
    found: Found = {}
    for name in fails:
        for need in table.get(name, ()):
            if need.source not in fails:
                found.setdefault(need.source, need)
    waiting = list(found)
    for name in waiting:
        for need in table.get(name, ()):
            if need.passes and need.source not in fails and need.source not in found:
                found[need.source] = need
                waiting.append(need.source)
    return found


def ways(name: str, fails: Found, degrades: Found) -> Way:
    """The needs from `name` to the failed part."""
    way: list[Need] = []
    need = degrades[name] if name in degrades else fails[name]
    while need is not None:
        way.append(need)
        need = degrades[need.target] if need.target in degrades else fails[need.target]
    return tuple(way)


def whole(way: Way) -> bool:
    """Whether every request of a route comes to the failed part: no service stands between, of whose requests only some may need it."""
    return not any(need.source.startswith("services.") for need in way)
