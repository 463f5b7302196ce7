"""A commit that is in memory only; one that no replica was asked for."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for cluster in host.clusters():
        parameters = ("databases", cluster.name, "parameters")
        yield host.put("off", *parameters, "fsync")
        if cluster.rpo == 0:
            yield host.put("local", *parameters, "synchronous_commit")
