"""What a person means by a name on the command line: the parts of a system, and the one way to find one by what it is called.

The full name of a part (`services.upload`, `kafka`) is that part. Else a name is that of the parts that are called so (`upload`); where there is none, of those
that hold something of that name: a cluster its databases, a service its consumer groups. A name of several parts means none of them.
"""

from collections.abc import Collection, Iterator, Sequence

from wireplan.records import dataclass
from wireplan.topology.graph import Node, nodes
from wireplan.topology.needs import KAFKA, OBJECT_STORE
from wireplan.topology.types import Topology

SINGLE = (KAFKA, OBJECT_STORE)
"""Parts of which there is one at most, and that have no name of their own."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its noun as the file spells it, its name (empty where there is one at most), what it holds.

    `aside`: a topic of retries or dead letters. It is found by its name, but not named to who looks for another.
    """

    noun: str
    name: str = ""
    holds: tuple[str, ...] = ()
    aside: bool = False

    @property
    def full(self) -> str:
        """`services.upload`, `kafka`."""
        return f"{self.noun}.{self.name}" if self.name else self.noun

    @property
    def node(self) -> Node:
        """The same in the graph."""
        return Node(self.noun, self.name)

    def within(self, wanted: str) -> str:
        """What in the part is meant by a name; empty where it is the part itself."""
        word = wanted.removeprefix(f"{self.noun}.")
        return "" if word == self.name else next((each for each in self.holds if each == word), "")

    def holding(self) -> Iterator[str]:
        """What it holds, short and with its noun."""
        for each in self.holds:
            yield from (each, f"{self.noun}.{each}")


class UnknownPartError(LookupError):
    """A name means no part, or several: `known` are the full names of those that it could mean, `words` all that they may be called."""

    def __init__(self, wanted: str, known: Sequence[str], words: Sequence[str], *, several: bool) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.known = tuple(known)
        self.words = tuple(words)
        self.several = several


def parts(topology: Topology) -> tuple[Part, ...]:
    """Every part, in the order of the graph; then sagas, drills, and what there is one of at most."""
    return (
        *(part(topology, node) for node in nodes(topology)),
        *(Part("sagas", name) for name in topology.sagas),
        *(Part("drills", name) for name in topology.drills),
        *(Part(noun) for noun in SINGLE if getattr(topology, noun) is not None),
    )


def part(topology: Topology, node: Node) -> Part:
    """A node of the graph, with what it holds."""
    if node.noun == "topics":
        return Part(node.noun, node.name, aside=topology.topics[node.name].aside)
    if node.noun == "databases":
        return Part(node.noun, node.name, tuple(topology.databases[node.name].databases))
    if node.noun == "services":
        groups = (group.group for group in topology.services[node.name].consumes.values())
        return Part(node.noun, node.name, tuple(dict.fromkeys(groups)))
    return Part(node.noun, node.name)


FULL, NAME, HELD, NONE = range(4)


def rank(each: Part, wanted: str) -> int:
    """By which of its names a part is called so; the least wins."""
    if wanted == each.full:
        return FULL
    if each.name and wanted == each.name:
        return NAME
    return HELD if wanted in each.holding() else NONE


def meant(wanted: str, among: Collection[Part]) -> Part:
    """The one of some parts that is meant by a name.

    Raises:
        UnknownPartError: nothing, or more than one part, is called so.
    """
    ranks = [(rank(each, wanted), each) for each in among]
    best = min((number for number, _ in ranks), default=NONE)
    found = [each for number, each in ranks if number == best < NONE]
    if len(found) == 1:
        return found[0]
    named = found or [each for each in among if not each.aside]
    full = [each.full for each in named]
    words = [word for each in named for word in (each.name, each.full, *each.holding()) if word]
    raise UnknownPartError(wanted, full, words, several=bool(found))
