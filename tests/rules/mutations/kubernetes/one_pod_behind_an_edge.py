"""One pod of an edge, or of what its requests cannot do without. In profile dev that is all there is."""

from collections.abc import Iterator

from wireplan.topology.chains import needed

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    if not host.dev:
        for name in needed(host.topology):
            yield host.put(1, "services", name, "replicas")
        for edge in host.topology.edges:
            yield host.put(1, "edges", edge, "replicas")
