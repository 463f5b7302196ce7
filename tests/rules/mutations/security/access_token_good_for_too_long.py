"""An access token that lasts longer than a quarter of an hour."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        yield host.put("16m", "services", service.name, "tokens", "access")
        yield host.put("30d", "services", service.name, "tokens", "access")
