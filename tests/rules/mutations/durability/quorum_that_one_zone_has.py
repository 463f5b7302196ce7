"""Two zones for what has three copies; of Kafka, or a database given its third member."""

from collections.abc import Iterator

from wireplan.topology.copies import BUILT_IN

from tests.rules.mutating import Host, Mutation

ZONES = ("environment", "zones")


def mutations(host: Host) -> Iterator[Mutation]:
    """A file that names no environment is a draft, of which other rules say less: of databases without a backup, for one."""
    if host.written("environment") is None and any(
        each.backup is None for each in host.topology.databases.values()
    ):
        return
    kafka, single = (
        host.topology.kafka,
        [each for each in host.clusters() if each.synchronous and each.instances >= 3],
    )
    if (host.topology.topics and kafka and kafka.provider in BUILT_IN and kafka.brokers >= 3) or single:
        yield host.put(2, *ZONES)
