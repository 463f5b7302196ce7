"""A database whose backup is gone, or in a bucket that may go; a schedule of five fields."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    yield host.patch("ScheduledBackup", {"spec": {"schedule": "0 3 * * *"}}, "spec", "schedule")
    where = host.topology.environment
    kept = [cluster for cluster in host.clusters() if cluster.backup and cluster.databases]
    if where.profile == "prod" and where.cluster != "embedded" and host.written("environment") is not None:
        for cluster in kept:
            yield host.without("databases", cluster.name, "backup")
        for bucket in {cluster.backup.to for cluster in kept if cluster.backup}:
            own = [cluster.name for cluster in kept if cluster.backup and cluster.backup.to == bucket]
            if len(own) == 1:
                yield host.puts(
                    {("buckets", bucket, "durable"): False}, ("databases", own[0], "backup", "to")
                )
