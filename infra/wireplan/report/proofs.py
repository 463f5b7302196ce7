"""What `wireplan prove` prints: which groups keep up and when they have caught up, and by which copies each acknowledged write survives."""

from collections.abc import Iterable, Iterator
from math import isinf

from wireplan.report.screen import BOLD, DIM, PLAIN, Screen, counted, painted, printable
from wireplan.rules import paces
from wireplan.rules.words import duration, rate, size, span, term, whence
from wireplan.topology import capacity, index, sizes
from wireplan.topology.drain import DELETE, Drain, Pace
from wireplan.topology.durability import ONE_MACHINE, Safety
from wireplan.topology.proofs import Proofs
from wireplan.topology.sizes import Limit, Passage
from wireplan.topology.survival import Kind, Stage, Write
from wireplan.topology.types import Topology

WORDS = {
    Kind.COMMIT: "what {writer} answers after a commit in {target}",
    Kind.EVENT: "{target}, which {writer} publishes through its outbox",
    Kind.RECORD: "{target}, which {writer} publishes",
    Kind.OBJECT: "what {writer} puts into {target}",
    Kind.UPLOAD: "what clients upload to {target} through {writer}",
    Kind.EFFECT: "what {writer} did with a record of {target}",
    Kind.ENTRY: "what {writer} changes when it answers {target}",
}


def text(proofs: Proofs, screen: Screen = PLAIN) -> str:
    """All parts; one that is empty is left out."""
    topology, groups, writes = proofs.topology, proofs.groups, proofs.writes
    lines = [f"{topology.system} in {topology.environment.name}"]
    parts = (
        ("Does each group keep up", [line for each in groups for line in of_group(topology, each)]),
        ("What an acknowledged write survives", list(of_writes(topology, writes))),
        ("How large a message may be", list(of_sizes(topology, groups, proofs.passages))),
    )
    for title, body in parts:
        if body:
            lines += ["", painted(title, BOLD, colour=screen.colour), *(shown(line, screen) for line in body)]
    return "\n".join(lines) + "\n"


def shown(line: str, screen: Screen) -> str:
    """A line in its indent; what is below a title is dim."""
    return painted(printable(line), DIM, colour=screen.colour) if line.startswith("    ") else printable(line)


def of_group(topology: Topology, found: Drain) -> Iterator[str]:
    """The verdict, then the numbers that it stands on."""
    yield f"  {found.group.group} of {found.topic.name}: {verdict(found)}"
    if found.rate is not None:
        coming = term(topology, f"{rate(found.rate)} come", ("topics", found.topic.name, "rate"))
        away = term(topology, f"outage {duration(found.group.outage)}", (*found.path, "outage"))
        yield f"    {coming}; after {away} {found.backlog:.0f} records wait"
    for each in [found.fewest, found.most] if found.replicas.autoscaled else [found.most]:
        yield f"    {of_pace(topology, found, each)}"
    if found.group.handler_mean is None:
        yield "    no mean is written: each record is taken to need the longest time"


def verdict(found: Drain) -> str:
    """In a few words. Without a rate there is only what it can do."""
    most = found.most
    if found.rate is None:
        return f"up to {rate(most.capacity)} (its topic says no rate)"
    if not found.keeps_up:
        lost = "" if isinf(most.lost) else f"; records are deleted unread after {span(most.lost)}"
        return f"cannot keep up{lost}"
    if found.topic.cleanup != DELETE:
        return f"keeps up; caught up at most {span(most.catch_up)} after {duration(found.group.outage)} away (a compacted topic holds less)"
    late = f", later than {duration(found.limit)}" if most.catch_up > found.limit else ""
    return f"keeps up; caught up {span(most.catch_up)} after {duration(found.group.outage)} away{late}"


def of_pace(topology: Topology, found: Drain, pace: Pace) -> str:
    """What it does with so many pods."""
    end = (
        ""
        if found.rate is None
        else f"; {'never caught up' if isinf(pace.catch_up) else f'caught up in {span(pace.catch_up)}'}"
    )
    return f"at {paces.product(topology, found, pace)} = {rate(pace.capacity)}{end}"


def of_writes(topology: Topology, writes: Iterable[Write]) -> Iterator[str]:
    """Writes that are equally safe together, the weakest first."""
    alike: dict[tuple[Stage, ...], list[Write]] = {}
    for write in writes:
        alike.setdefault(write.stages, []).append(write)
    for found in sorted(alike.values(), key=lambda same: (same[0].survives is None, same[0].survives or 0)):
        yield f"  {failures(found[0])}:"
        yield from (
            f"    {WORDS[write.kind].format(writer=write.writer, target=write.target)}" for write in found
        )
        for stage in found[0].stages:
            yield from of_stage(topology, stage)
    if topology.environment.cluster in ONE_MACHINE and alike:
        yield f"  Its cluster ({topology.environment.cluster}) is one machine: the disk of that one holds all copies."


def failures(write: Write) -> str:
    """How much it survives."""
    if write.survives is None:
        return "Others run it, and say what it survives"
    return (
        f"Survives {counted(write.survives, 'failure')} at once" if write.survives else "Survives no failure"
    )


def of_stage(topology: Topology, stage: Stage) -> Iterator[str]:
    """Copies, and the shortest way to lose them."""
    when = f"{stage.when}: " if stage.when else ""
    copies = "; ".join(copy.where for copy in stage.safety.copies) or "none on a disk"
    yield f"      {when}copies: {copies}{after(stage.safety)}"
    for number, (path, words) in enumerate(stage.safety.schedule, start=1):
        yield f"        {number}. {words} ({whence(topology, path)})"


def after(safety: Safety) -> str:
    """What is left of them after one and after two failures."""
    if not safety.survives:
        return ""
    one, two = (f"{safety.left(number) or 'none'}" for number in (1, 2))
    return f" (after one failure {one} left, after two {two})"


def of_sizes(topology: Topology, groups: Iterable[Drain], passages: Iterable[Passage]) -> Iterator[str]:
    """What each service may be given and may hand on; then where a record goes after its topic."""
    entries = index.entries(topology)
    for each in passages:
        open_ = [edge.name for edge in entries.get(each.service, ()) if edge.max_body is None]
        if each.enters or each.leaves or open_:
            kept = "" if each.keeps else " (keeps nothing itself)"
            yield f"  {each.service}{kept}"
            yield from (f'    takes a request by edge "{name}": any (no max_body)' for name in open_)
            yield from (f"    takes {limit_of(topology, limit)}" for limit in each.enters)
            yield from (f"    sends {limit_of(topology, limit)}" for limit in each.leaves)
    for found in groups:
        yield f"  {found.group.group} of {found.topic.name}: a record and {capacity.LETTER} for headers"
        yield from (f"    {limit_of(topology, limit)}" for limit in sizes.letters(topology, found.group))


def limit_of(topology: Topology, limit: Limit) -> str:
    """A limit and its origin; what a client takes is its own."""
    if limit.words is sizes.ANSWER:
        return f"{limit.where}: {size(limit.size)} (the client's own)"
    return term(topology, f"{limit.where}: {size(limit.size)}", limit.path)
