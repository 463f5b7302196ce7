"""An edge that takes early data over HTTP/3."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for edge in host.topology.edges.values():
        if "http3" in edge.clients:
            yield host.put(True, "edges", edge.name, "early_data")
