"""A service that purges an edge's cache, and whose work nothing repeats."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for edge in host.topology.edges.values():
        routes = {
            ("edges", edge.name, "routes", number, "cache"): False for number in range(len(edge.routes))
        }
        services = {("services", "curator"): {"serves": "shop.Curator"}}
        purged = ("edges", edge.name, "cache", "purged_by")
        yield host.puts({**services, (*purged,): ["curator"], **routes}, (*purged, 0))
