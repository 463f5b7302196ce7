"""HTTP/3 without a way beside it."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    rates = ("externals", "rates")
    alone = {"protocol": "http3", "url": "https://rates.example", "fallback": "none"}
    yield host.puts({rates: alone}, (*rates, "fallback"))
