"""Connections that live too long, too short, or end under a call."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for name in sorted({call.callee for _, call in host.calls()}):
        if host.topology.services[name].replicas.max > 1:
            yield host.put("1h", "services", name, "grpc", "max_connection_age")
        yield host.put("10s", "services", name, "grpc", "max_connection_age")
        yield host.put("1ms", "services", name, "grpc", "max_connection_age_grace")
