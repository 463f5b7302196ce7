"""An edge that keeps what depends on who asks, or on a signature."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for edge in host.topology.edges.values():
        base = ("edges", edge.name)
        paths = [(*base, "routes", number, "cache") for number in range(len(edge.routes))]
        for route, cached in zip(edge.routes, paths, strict=True):
            if route.bucket or host.topology.services[route.to].verifies_tokens_of:
                kept = {path: path == cached for path in paths}
                yield host.puts({(*base, "cache", "ttl"): "1m", **kept}, cached)
