"""A setting that Postgres does not know, one that no file can set, one that is the operator's."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for cluster in host.clusters():
        parameters = ("databases", cluster.name, "parameters")
        for name in ("work_memory", "server_version", "archive_command"):
            yield host.put("1", *parameters, name)
