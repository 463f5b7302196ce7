"""A cluster of one server under a service that an edge needs."""

from collections.abc import Iterator

from wireplan.topology.chains import needed

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    if host.dev:
        return
    for cluster in host.clusters():
        base = ("databases", cluster.name)
        owners = needed(host.topology).keys() & set(cluster.databases.values())
        if owners and host.written(*base, "synchronous") is None:
            yield host.puts({(*base, "rpo"): "1h", (*base, "instances"): 1}, (*base, "instances"))
