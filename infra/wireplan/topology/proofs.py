"""Everything that is proved of a topology by arithmetic, whether or not a rule has anything to say about it; and what of it is of one part."""

from wireplan.records import dataclass
from wireplan.topology.drain import Drain, drains
from wireplan.topology.parts import Part, parts
from wireplan.topology.sizes import Passage, passages
from wireplan.topology.survival import Kind, Write, writes
from wireplan.topology.types import Topology

Subjects = tuple[tuple[str, str], ...]
"""The parts that a proof is of, each by its full name with what in it is meant: a group of a service, a database of a cluster."""
TARGETS = {
    Kind.EVENT: "topics",
    Kind.RECORD: "topics",
    Kind.EFFECT: "topics",
    Kind.OBJECT: "buckets",
    Kind.UPLOAD: "buckets",
}


@dataclass(frozen=True, slots=True)
class Proofs:
    """Which groups keep up, what acknowledged writes survive, how large a message may be."""

    topology: Topology
    groups: tuple[Drain, ...]
    writes: tuple[Write, ...]
    passages: tuple[Passage, ...]


def proofs(topology: Topology) -> Proofs:
    """All of them, in the order of the file."""
    return Proofs(topology, tuple(drains(topology)), tuple(writes(topology)), tuple(passages(topology)))


def proved(every: Proofs) -> tuple[Part, ...]:
    """The parts of which something is proved."""
    subjects = (
        *map(of_drain, every.groups),
        *(of_write(every.topology, each) for each in every.writes),
        *map(of_passage, every.passages),
    )
    names = {name for each in subjects for name, _ in each}
    return tuple(each for each in parts(every.topology) if each.full in names)


def only(every: Proofs, part: Part, inner: str = "") -> Proofs:
    """Those of one part, or of `inner` in it: one group of a service, one database of a cluster."""

    def meant(subjects: Subjects) -> bool:
        return any(name == part.full and inner in ("", within) for name, within in subjects)

    return Proofs(
        every.topology,
        tuple(each for each in every.groups if meant(of_drain(each))),
        tuple(each for each in every.writes if meant(of_write(every.topology, each))),
        tuple(each for each in every.passages if meant(of_passage(each))),
    )


def of_drain(found: Drain) -> Subjects:
    """The service with its group, and the topic."""
    return (f"services.{found.group.service}", found.group.group), (f"topics.{found.topic.name}", "")


def of_write(topology: Topology, write: Write) -> Subjects:
    """Who writes, and where to."""
    if write.kind is Kind.UPLOAD:
        return (f"edges.{write.writer}", ""), (f"buckets.{write.target}", "")
    own = topology.services[write.writer]
    writer = (f"services.{own.name}", "")
    if write.kind is Kind.COMMIT and own.database:
        return writer, (f"databases.{own.database.cluster}", own.database.name)
    return (writer, (f"{TARGETS[write.kind]}.{write.target}", "")) if write.kind in TARGETS else (writer,)


def of_passage(passage: Passage) -> Subjects:
    """The service."""
    return ((f"services.{passage.service}", ""),)
