"""What a route's requests can count on at most: the product of the availabilities of all that they cannot do without, each part once.

Nothing is invented: a part of which nobody wrote an availability counts as 100% and is named as not known, so that the product is a bound from above.
What a request can do without (a call with a fallback, an outbox, a cache) does not count. The parts are taken to fail independently of each other, and a
request to make every critical call of the services that it comes to: the model does not say which requests make which.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import floor, prod

from wireplan.records import dataclass
from wireplan.topology.effects import Need, shown
from wireplan.topology.needs import KAFKA, OBJECT_STORE, needs, route_id
from wireplan.topology.types import Path, Topology

DIGITS = 6
"""Digits that a bound is shown with, as a share: 99.9123% is one with four of percent."""


@dataclass(frozen=True, slots=True)
class Term:
    """A part that requests need, with the share of time in which it answers by itself; None where nobody wrote it."""

    part: str
    availability: float | None
    path: Path  # where it is, or would be, written


@dataclass(frozen=True, slots=True)
class Reach:
    """What a route can keep: its terms, nearest first, against what it promises."""

    id: str  # the route's
    edge: str
    index: int
    path: str
    objective: float | None
    terms: tuple[Term, ...]

    @property
    def known(self) -> tuple[Term, ...]:
        """The terms that have a number."""
        return tuple(term for term in self.terms if term.availability is not None)

    @property
    def unknown(self) -> tuple[Term, ...]:
        """The terms that nobody wrote a number for."""
        return tuple(term for term in self.terms if term.availability is None)

    @property
    def most(self) -> float:
        """The bound: no more than this share of requests can be answered in the long run."""
        return prod(term.availability for term in self.terms if term.availability is not None)

    @property
    def kept(self) -> bool | None:
        """Whether the objective can be kept; None where it is not written, or nothing is known and nothing refutes it."""
        if self.objective is None or self.most < self.objective:
            return None if self.objective is None else False
        return None if self.unknown else True


def reaches(topology: Topology, *, promised: bool = False) -> Iterator[Reach]:
    """Every route with what it needs; with `promised`, those alone that have an objective, and no walk where none has."""
    wanted = [
        (edge, index, route)
        for edge in topology.edges.values()
        for index, route in enumerate(edge.routes)
        if route.objective is not None or not promised
    ]
    table: Mapping[str, list[Need]] = hard(topology) if wanted else {}
    for edge, index, route in wanted:
        name = route_id(edge, index)
        terms = tuple(needed(topology, table, name))
        yield Reach(name, edge.name, index, route.path, route.objective, terms)


def hard(topology: Topology) -> Mapping[str, list[Need]]:
    """What each cannot do without."""
    table: defaultdict[str, list[Need]] = defaultdict(list)
    for need in needs(topology):
        if need.hard:
            table[need.source].append(need)
    return table


def needed(topology: Topology, table: Mapping[str, list[Need]], start: str) -> Iterator[Term]:
    """All that is needed from `start` on, each part once."""
    waiting = [start]
    seen = {start}
    for name in waiting:  # grows while it is walked
        for need in table.get(name, ()):
            if need.target not in seen:
                seen.add(need.target)
                waiting.append(need.target)
    for part in dict.fromkeys(map(shown, waiting[1:])):
        noun, _, name = part.partition(".")
        found = own(topology, noun, name)
        if found is not None:
            yield found


def own(topology: Topology, noun: str, name: str) -> Term | None:
    """The term of a part; None of what only stands on another: a topic on Kafka, a bucket on the object store."""
    tables = {
        "edges": topology.edges,
        "services": topology.services,
        "databases": topology.databases,
        "externals": topology.externals,
    }
    if noun in tables:
        return Term(f"{noun}.{name}", tables[noun][name].availability, (noun, name, "availability"))
    single = {KAFKA: topology.kafka, OBJECT_STORE: topology.object_store}.get(noun)
    return Term(noun, single.availability, (noun, "availability")) if single else None


def rounded(share: float) -> float:
    """A bound as it is shown: never more than it is."""
    return floor(share * 10**DIGITS + 1e-6) / 10**DIGITS
