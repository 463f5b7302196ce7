"""How large a message may be at each hop, and whether what comes in fits where it goes on, as `wireplan prove` has it."""

from collections.abc import Iterator

from wireplan.reasons.facts import Fact
from wireplan.rules.words import listed, size, term
from wireplan.topology import capacity, index, sizes
from wireplan.topology.types import Consumption, Edge, Path, Service, Topology


def of_edge(edge: Edge, *, to_bucket: bool) -> Iterator[Fact]:
    """A request to a service; an upload to a bucket has no limit."""
    if to_bucket:
        return
    most = (
        "any: no max_body is written"
        if edge.max_body is None
        else f"{size(edge.max_body)} a request at most, 413 beyond it"
    )
    yield Fact("size", most, ("edges", edge.name, "max_body"), ("MSG007",))


def of_call(topology: Topology, caller: Service, callee: Service) -> Iterator[Fact]:
    """A message and its answer, against what the caller may be given."""
    path: Path = ("services", callee.name, "grpc", "max_message_bytes")
    if callee.grpc is None or caller.calls[callee.name].protocol != sizes.GRPC:
        return
    most = callee.grpc.max_message_bytes
    yield Fact("size", f"{size(most)} a message at most, there and back", path, ("MSG007",))
    yield from fits(topology, caller, most)


def of_publication(topology: Topology, publisher: Service, topic: str) -> Iterator[Fact]:
    """A record, against what its publisher may be given."""
    yield from fits(topology, publisher, sizes.of_topic(topology, topic).size)


def fits(topology: Topology, service: Service, way: int) -> Iterator[Fact]:
    """The largest that a service may be given, beside what one of its ways on takes; a finding is of what is too large for all of them."""
    found = sizes.passage(topology, service, index.entries(topology))
    if not found.enters:
        return
    most = max(found.enters, key=lambda limit: limit.size)
    given = f"{most.where}, {term(topology, size(most.size), most.path)}"
    if found.keeps:
        said = f"{service.name} may be given {given}, and can keep what is too large to go on"
    elif most.size <= way:
        said = f"the largest that {service.name} is given, {given}, goes on by this way"
    else:
        said = f"the largest that {service.name} is given, {given}, is too large for this way"
    yield Fact("fits", said, most.path, ("MSG007",))


def of_group(topology: Topology, group: Consumption) -> Iterator[Fact]:
    """A record, where it goes after its topic."""
    record = sizes.of_topic(topology, group.topic)
    letter = capacity.letter(record.size)
    tight = [each for each in sizes.letters(topology, group) if each.size < letter]
    sum_ = f"{term(topology, size(record.size), record.path)} + {capacity.LETTER} for headers = {letter}"
    said = (
        f"too large for {listed(f'{each.where} ({size(each.size)})' for each in tight)}"
        if tight
        else f"fits the client's {size(capacity.RECEIVED)}"
        + (", retry topics and dead letters" if group.aside else "")
    )
    yield Fact("fits", f"{sum_}: {said}", record.path, ("KAF017", "MSG007"))
