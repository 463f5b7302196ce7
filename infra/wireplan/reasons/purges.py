"""What makes a purge of an edge's cache safe: who hears of it, who tries again, and how long what should be gone is given at most."""

from collections.abc import Iterator

from wireplan.reasons.facts import Fact
from wireplan.rules.words import duration, listed
from wireplan.topology import purges
from wireplan.topology.types import Path, Topology


def of_purge(topology: Topology, purger: str, edge: str, path: Path) -> Iterator[Fact]:
    """The facts of one service and one edge."""
    cache, base = topology.edges[edge].cache, ("edges", edge)
    if cache is None:
        return
    yield Fact(
        "purge", "each pod of the edge is told; one that does not answer is an error to the purger", path
    )
    found = purges.repeated(topology, purger)
    again = f"by {listed(found)}, until it is done" if found else "by whoever asked for it, if at all"
    yield Fact("repeated", again, path, ("EDG007",))
    ttl = f"{duration(cache.ttl)}: what no purge takes out is given so long at most"
    yield Fact("ttl", ttl, (*base, "cache", "ttl"))
    yield Fact(
        "network", f"{listed(cache.purged_by)} and nobody else may purge", path, ("SEC002",), patched=True
    )
