"""A quorum over writes that are acknowledged alone."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for cluster in host.clusters():
        base = ("databases", cluster.name)
        if cluster.synchronous is None or cluster.synchronous.failover_quorum:
            preferred = (*base, "synchronous", "durability")
            yield host.puts({(*base, "rpo"): "5m", preferred: "preferred"}, preferred)
