"""A server that takes one connection less than its clients may open."""

from collections.abc import Iterator

from wireplan.topology.capacity import connections, poolers

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    users = [(service, service.database) for service in host.services() if service.database]
    for cluster in host.clusters():
        own = [(service.replicas, use) for service, use in users if use.cluster == cluster.name]
        most = cluster.reserved_connections + sum(connections(*each, poolers(cluster)) for each in own)
        if most > 10:
            yield host.put(most - 1, "databases", cluster.name, "max_connections")
