"""What one failed part does to the rest: the words that `impact` answers in, and the same as plain data for pages and programs.

Parts, routes and flows are named by ids: a node of the graph as `graph.Node` spells it (`services.auth`), and beside the nodes `kafka` and `object_store`;
a route `edges.public.routes.1` by its index; a flow `services.catalog.consumes.video.processed`, `sagas.NAME` or `databases.NAME.backup`.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from wireplan.records import dataclass
from wireplan.topology.types import Path

PODS, WRITES, SUPPLY, ASIDE = "#pods", "#writes", "#supply", "#aside"
"""Ends of ids inside the walk: a service's pods apart from what they need, the writing side of a part, what comes into a topic, and where a
flow puts what it cannot handle. No name holds a `#`."""


class Effect(Enum):
    """What becomes of a route, or of a node, while a part is away. A flow that `fails` stops; one that `degrades` waits for records."""

    FAILS = "fails"
    DEGRADES = "degrades"
    UNHARMED = "unharmed"


@dataclass(frozen=True, slots=True)
class Need:
    """`source` needs `target`. `hard`: without it the source fails, else it degrades and `held` says what holds it.

    `passes`: a target that is only degraded degrades the source as well. `path` is where the need is written.
    """

    source: str
    target: str
    kind: str  # a LinkKind's word, or kafka, store, keys, lag, supply
    path: Path
    hard: bool = True
    passes: bool = False
    held: str = ""


Way = tuple[Need, ...]
"""A witness: the needs from a route, flow or node to the failed part, each beginning where the last ended."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A route or flow that a failed part reaches, and the way there. `every`: all requests of the route; else those that need the part."""

    id: str
    effect: Effect
    every: bool
    way: Way

    @property
    def held(self) -> str:
        """What keeps a route or flow that only degrades from failing: the fallback, buffer or cache nearest to the failed part."""
        return next((need.held for need in reversed(self.way) if not need.hard), "")


@dataclass(frozen=True, slots=True)
class Harm:
    """All that is touched; what is not named here is unharmed. `nodes` are the graph's, for a picture; an edge is as its worst route."""

    nodes: Mapping[str, Effect]
    routes: tuple[Touched, ...]
    flows: tuple[Touched, ...]

    @property
    def worst(self) -> Effect:
        """The worst that happens to any route."""
        found = {touched.effect for touched in self.routes}
        return next((each for each in (Effect.FAILS, Effect.DEGRADES) if each in found), Effect.UNHARMED)


@dataclass(frozen=True, slots=True)
class Impact:
    """What happens while a part is away as a whole, and, where it has several copies, after `one` of them is gone.

    `copies` is None where the model does not know; with 1, the part and its one copy are the same and `one` is None. `takeover` says what
    happens until the others have taken over.
    """

    part: str
    copies: int | None
    whole: Harm
    one: Harm | None
    takeover: str = ""


FLOW_WORDS = {Effect.FAILS: "stops", Effect.DEGRADES: "waits", Effect.UNHARMED: "goes on"}


def shown(name: str) -> str:
    """An id as the rest of the system spells it."""
    return name.partition("#")[0]


def impact_data(found: Impact) -> dict[str, Any]:
    """An Impact as JSON-able data; keys are only ever added."""
    return {
        "part": found.part,
        "copies": found.copies,
        "whole": harm_data(found.whole),
        "one": harm_data(found.one) if found.one else None,
        "takeover": found.takeover,
    }


def harm_data(harm: Harm) -> dict[str, Any]:
    """A Harm as data."""
    return {
        "worst": harm.worst.value,
        "nodes": {name: effect.value for name, effect in harm.nodes.items()},
        "routes": [
            {**touched_data(each), "effect": each.effect.value, "every": each.every} for each in harm.routes
        ],
        "flows": [{**touched_data(each), "effect": FLOW_WORDS[each.effect]} for each in harm.flows],
    }


def touched_data(touched: Touched) -> dict[str, Any]:
    """What routes and flows have in common."""
    way = [
        {"from": shown(need.source), "to": shown(need.target), "kind": need.kind, "held": need.held}
        for need in touched.way
    ]
    return {"id": touched.id, "held": touched.held, "way": way}
