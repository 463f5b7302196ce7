"""A pooler that lends connections for a transaction, or a statement."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for mode in ("transaction", "statement"):
        yield host.patch(
            "Pooler", {"spec": {"pgbouncer": {"poolMode": mode}}}, "spec", "pgbouncer", "poolMode"
        )
