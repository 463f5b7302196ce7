"""The provider of development where it counts."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    if host.dev:
        return
    provider = ("externals", "idp")
    brought = {"kind": "oidc", "url": "https://idp.example", "provider": "builtin"}
    yield host.puts({provider: brought}, (*provider, "provider"))
