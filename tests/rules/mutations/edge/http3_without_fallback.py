"""An edge without HTTP/2 beside HTTP/3."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for edge in host.topology.edges.values():
        if not edge.early_data:
            yield host.put(["http3"], "edges", edge.name, "clients")
            yield host.put(["http3", "http1"], "edges", edge.name, "clients")
