"""A server that allows pings no more often than they come."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for name in sorted({call.callee for _, call in host.calls()}):
        yield host.put("30s", "services", name, "grpc", "min_ping_interval")
        yield host.put("5m", "services", name, "grpc", "min_ping_interval")
