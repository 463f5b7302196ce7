"""What the page knows, as plain data. Texts and steps that come again are kept once and named by their index: 1000 services stay readable."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wireplan.report.picture import Picture
from wireplan.report.run import Run, Seen
from wireplan.report.screen import printable
from wireplan.report.shapes import TITLES
from wireplan.report.shown import below, whence
from wireplan.secrecy import hides
from wireplan.topology import describe
from wireplan.topology.effects import Harm, Impact, Need, Touched, shown
from wireplan.topology.flows import flows
from wireplan.topology.needs import route_id
from wireplan.topology.types import OriginKind, Topology

VERSION = 1
APART = {"kafka": "all brokers together", "object_store": "what holds all buckets"}
"""Parts that many others need and that are not in the picture."""
HIDDEN = "hidden: it may be a secret"


class Kept:
    """Each value once, by the order in which they came."""

    def __init__(self) -> None:
        self.index: dict[Any, int] = {}

    def __call__(self, value: Any) -> int:
        return self.index.setdefault(value, len(self.index))

    def all(self) -> list[Any]:
        """All of them."""
        return list(self.index)


def data(topology: Topology, picture: Picture, run: Run, impacts: Mapping[str, Impact]) -> dict[str, Any]:
    """All of it. `parts` and `links` are in the order of the picture, whose elements carry their indices; parts that are not drawn follow."""
    origins, needs = Kept(), Kept()
    ids = [*map(str, picture.nodes), *(name for name in APART if getattr(topology, name) is not None)]
    place = {name: number for number, name in enumerate(ids)}
    known = flows(topology)
    ways = {name: number for number, name in enumerate((*routes(topology), *known))}
    return {
        "version": VERSION,
        "system": topology.system,
        "environment": topology.environment.name,
        "profile": topology.environment.profile,
        "file": topology.file,
        "parts": [
            {**named(picture, number, name), "values": list(values(topology, name, origins))}
            for number, name in enumerate(ids)
        ],
        "links": [
            [place[str(each.source)], place[str(each.target)], each.kind.value, each.label]
            for each in picture.arrows
        ],
        "findings": [finding(run, seen, place) for seen in run.told()],
        "rules": run.rules,
        "routes": [[name, route_text(topology, name)] for name in routes(topology)],
        "flows": [[name, flow_text(name), printable(flow.catches_up)] for name, flow in known.items()],
        "impacts": {name: impact(impacts[name], place, ways, needs) for name in ids if name in impacts},
        "origins": origins.all(),
        "needs": needs.all(),
    }


def named(picture: Picture, number: int, name: str) -> dict[str, Any]:
    """What a part is called, and what it is."""
    if number >= len(picture.nodes):
        return {"id": name, "noun": name, "name": name.replace("_", " "), "caption": APART[name]}
    node = picture.nodes[number]
    caption = picture.captions.get(node, TITLES[node.noun])
    return {"id": name, "noun": node.noun, "name": node.name, "caption": caption}


def values(topology: Topology, name: str, origins: Kept) -> Iterator[list[Any]]:
    """Each value below a part: its path, its text, the index of its origin. What nobody wrote and is not there is left out."""
    noun, _, rest = name.partition(".")
    path = (noun, rest) if rest else (noun,)
    for each in describe.described(topology, path):
        if not describe.absent(each):
            text = HIDDEN if secret(each) else printable(each.text)
            written = each.origin.kind is OriginKind.WRITTEN
            yield [below(each, path), text, origins((written, whence(each)))]


def secret(value: describe.Value) -> bool:
    """Whether a value may be a secret: a page is passed on to others."""
    return isinstance(value.value, str) and hides(value.path, value.value)


def finding(run: Run, seen: Seen, place: Mapping[str, int]) -> dict[str, Any]:
    """A finding with the words that `wireplan validate` has for it, and the part that it is at; -1 for the system as a whole."""
    found = seen.finding
    steps = [str(step) for step in found.path]
    part = place.get(".".join(steps[:2]), place.get(steps[0] if steps else "", -1))
    return {
        "part": part,
        "severity": found.severity.value,
        "code": found.code,
        "name": found.name,
        "at": str(found.at),
        "what": printable(found.what),
        "why": printable(found.why),
        "fix": printable(found.fix),
        "related": [[str(each.at), printable(each.note)] for each in found.related],
        "environments": [] if run.everywhere(seen) else list(seen.environments),
    }


def impact(found: Impact, place: Mapping[str, int], ways: Mapping[str, int], needs: Kept) -> dict[str, Any]:
    """What happens while a part is away, and after one of its copies is gone."""
    return {
        "copies": found.copies,
        "takeover": found.takeover,
        "whole": harm(found.whole, place, ways, needs),
        "one": harm(found.one, place, ways, needs) if found.one else None,
    }


def harm(found: Harm, place: Mapping[str, int], ways: Mapping[str, int], needs: Kept) -> dict[str, Any]:
    """Parts by what becomes of them; routes and flows with the steps to the failed part."""
    parts = [[place[name], effect.value] for name, effect in found.nodes.items() if name in place]
    return {
        "parts": parts,
        "routes": list(touched(found.routes, ways, needs)),
        "flows": list(touched(found.flows, ways, needs)),
    }


def touched(found: Iterable[Touched], ways: Mapping[str, int], needs: Kept) -> Iterator[list[Any]]:
    """Index, effect, whether all requests are meant, what holds it, and the steps."""
    for each in found:
        yield [
            ways[each.id],
            each.effect.value,
            each.every,
            each.held,
            [needs(step(need)) for need in each.way],
        ]


def step(need: Need) -> tuple[str, str, str]:
    """One need on the way: who, whom, what for."""
    return (shown(need.source), shown(need.target), need.kind)


def routes(topology: Topology) -> Iterator[str]:
    """The ids of all routes."""
    for edge in topology.edges.values():
        yield from (route_id(edge, index) for index in range(len(edge.routes)))


def route_text(topology: Topology, name: str) -> str:
    """A route as a person calls it: its edge, its path, where it leads."""
    edge, _, index = name.removeprefix("edges.").rpartition(".routes.")
    route = topology.edges[edge].routes[int(index)]
    return f"{edge} {route.path} \u2192 {route.bucket or route.to}"


def flow_text(name: str) -> str:
    """A flow as a person calls it."""
    noun, _, rest = name.partition(".")
    if noun == "sagas":
        return f"saga {rest}"
    if noun == "databases":
        return f"backup of {rest.removesuffix('.backup')}"
    service, _, topic = rest.partition(".consumes.")
    return f"{service} consumes {topic}"
