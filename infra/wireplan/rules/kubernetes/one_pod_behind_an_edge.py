"""One pod that every request of an edge needs.

What: an edge, or a service that its requests cannot do without (by a route, then by critical calls only), may have a single pod in an environment of profile prod.
Why: a pod ends with its node, with an eviction, out of memory, or by a restart of its own. With one pod nobody answers until the next has started, on every one of
these days; a fallback, a second path or a retry does not help, since all of them lead to it.
Fix: replicas: 2 or more (what Wireplan writes when you write nothing); tier: secondary and a fallback, if the system can do without it.
Source: kubernetes.io, "Disruptions" (replicate your application); kube-linter minimum-three-replicas; Google, "The Calculus of Service Availability" (a service is no more available
than what it critically needs). Corrected here: budgets and spreading over nodes are Wireplan's, so that only the number can be wrong; and a worker that nobody waits for may be
one pod, since its records wait in Kafka.
"""

from collections.abc import Iterator, Mapping

from wireplan.findings import Edit, Severity
from wireplan.rules.check import Fault, Mend, rule
from wireplan.rules.words import arrival, term
from wireplan.topology.author import Author
from wireplan.topology.chains import Entry, needed
from wireplan.topology.types import Edge, Path, Replicas, Topology


@rule("K8S003", Severity.ERROR)
def one_pod_behind_an_edge(topology: Topology) -> Iterator[Fault]:
    """Edges of one pod, then services of one pod that an edge needs. On one machine a second pod protects from nothing."""
    if topology.environment.profile == "dev":
        return
    for edge in topology.edges.values():
        if edge.replicas.min == 1:
            yield alone_in_front(topology, edge)
    table = needed(topology)
    for name in table:
        if topology.services[name].replicas.min == 1:
            yield alone_behind(topology, name, table)


def alone_in_front(topology: Topology, edge: Edge) -> Fault:
    """The edge itself."""
    path: Path = ("edges", edge.name, "replicas", "min")
    return Fault(
        path=path,
        what=f'edge "{edge.name}" may be a single pod',
        why=f"{pods(topology, path, edge.replicas)}: while it restarts or its node is away, {edge.host} does not answer at all.",
        fix=fix(edge.replicas),
        mend=another(path, edge.replicas),
    )


def alone_behind(topology: Topology, name: str, table: Mapping[str, Entry]) -> Fault:
    """A service, with the way that requests come to it."""
    path: Path = ("services", name, "replicas", "min")
    entry, replicas = table[name], topology.services[name].replicas
    return Fault(
        path=path,
        what=f'every request of edge "{entry.edge.name}" that needs "{name}" needs its single pod',
        why=f'{arrival(topology, table, name)}; "{name}" has {pods(topology, path, replicas)}. While that restarts or '
        "its node is away, each of these requests fails.",
        fix=fix(replicas),
        mend=another(path, replicas),
        related=((("edges", entry.edge.name, "routes", entry.route), "the way in"),),
    )


def pods(topology: Topology, path: Path, replicas: Replicas) -> str:
    """How many there are at the fewest."""
    return term(
        topology, "1 pod" if replicas.max == 1 else f"1 pod at its fewest, {replicas.max} at its most", path
    )


def fix(replicas: Replicas) -> str:
    """What to write."""
    return f"replicas: {two(replicas)}"


def two(replicas: Replicas) -> str:
    """One pod more at the fewest."""
    return "2" if replicas.max == 1 else f"2..{replicas.max}"


def another(path: Path, replicas: Replicas) -> Mend:
    """The change, where the number of pods is written: in a map, in short, for all services; or written where it is not."""
    whole, common = path[:-1], ("defaults", path[0], path[2])

    def mend(author: Author) -> Edit | None:
        return (
            (author.rewritten(path, "2") if replicas.max > 1 else None)
            or author.rewritten(whole, two(replicas))
            or author.rewritten(common, two(replicas))
            or author.written(whole, two(replicas))
        )

    return mend
