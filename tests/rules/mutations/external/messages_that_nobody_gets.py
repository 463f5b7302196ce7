"""A relay that only shows mail, where the system is not developed."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation

RELAY = ("externals", "relay")


def mutations(host: Host) -> Iterator[Mutation]:
    if host.dev:
        return
    brought = {"kind": "smtp", "protocol": "smtp", "url": "smtp://mail.example", "provider": "builtin"}
    yield host.puts({RELAY: brought}, (*RELAY, "provider"))
