"""Where a fact comes from: the lines that say it, or the default or formula where nobody does."""

from collections.abc import Iterator

from wireplan.topology import describe
from wireplan.topology.types import Origin, OriginKind, Path, Topology


def origins(topology: Topology, path: Path) -> tuple[Origin, ...]:
    """The origins of what stands at a path: its own, or those of the values in it that somebody wrote; never empty."""
    exact = topology.origins.get(path)
    if exact is not None and exact.kind is OriginKind.WRITTEN:
        return (exact,)
    inner = list(below(topology, path))
    written = {each.place: each for each in inner if each.kind is OriginKind.WRITTEN}
    if written:
        return tuple(written.values())
    if exact is not None:
        return (exact,)
    derived = [each for each in inner if each.kind is OriginKind.DERIVED]
    return (derived[0],) if derived else (Origin(OriginKind.DEFAULT, topology.place(*path)),)


def below(topology: Topology, path: Path) -> Iterator[Origin]:
    """The origins of the values at and below a path; none where the topology keeps them elsewhere."""
    try:
        yield from (each.origin for each in describe.described(topology, path))
    except (StopIteration, RuntimeError):  # no such value: the file spells it otherwise
        return
