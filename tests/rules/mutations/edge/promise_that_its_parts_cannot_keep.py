"""A route that promises more than its edge."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for edge in host.topology.edges.values():
        for number in range(len(edge.routes)):
            base = ("edges", edge.name)
            objective = (*base, "routes", number, "objective")
            yield host.puts({(*base, "availability"): "99.5%", objective: "99.9%"}, objective)
