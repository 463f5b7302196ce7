"""A relay and a gateway whose messages can be read on the way."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    relay, gateway = ("externals", "relay"), ("externals", "texts")
    bare = {"kind": "smtp", "protocol": "smtp", "url": "smtp://mail.example", "tls": "none"}
    yield host.puts({relay: bare}, (*relay, "tls"))
    yield host.puts({gateway: {"kind": "sms", "url": "http://texts.example"}}, (*gateway, "url"))
