"""More replicas must confirm than are left when one is away."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for cluster in host.clusters():
        required = cluster.synchronous is None or cluster.synchronous.durability == "required"
        if required and not (cluster.rpo == 0 and cluster.instances < 3):
            yield host.put(max(1, cluster.instances - 1), "databases", cluster.name, "synchronous", "number")
