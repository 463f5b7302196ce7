"""Tokens signed with a key that verifiers have."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        yield host.put("HS256", "services", service.name, "tokens", "algorithm")
