"""A promise to lose nothing without a quorum, without durability, or with two members."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for cluster in host.clusters():
        if cluster.rpo == 0:
            base = ("databases", cluster.name)
            yield host.put(False, *base, "synchronous", "failover_quorum")
            yield host.put("preferred", *base, "synchronous", "durability")
            yield host.puts({(*base, "rpo"): "0s", (*base, "instances"): 2}, (*base, "instances"))
