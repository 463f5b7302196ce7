"""An edge that lets in more than the service behind it can hand on, or keep."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for edge in host.topology.edges.values():
        routed = [host.topology.services[route.to] for route in edge.routes if not route.bucket]
        for service in routed if len(routed) == 1 else ():
            keeps = (
                service.database
                or service.externals
                or any(use.access != "read" for use in service.buckets.values())
            )
            if not keeps and (service.calls or service.publishes):
                yield host.put("1Gi", "edges", edge.name, "max_body")
