"""Backups that nobody restores, or only after the good ones are gone."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for cluster in host.clusters():
        backup = ("databases", cluster.name, "backup")
        made = {("buckets", "copies"): {}, (*backup, "to"): "copies"} if cluster.backup is None else {}
        for verify, keep in (("0s", "30d"), ("20d", "10d"), ("40d", "90d")):
            said = {(*backup, "verify"): verify, (*backup, "keep"): keep}
            yield host.puts({**made, **said}, (*backup, "verify"))
