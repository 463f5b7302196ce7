"""A system outside that outlasts who waits for the service that uses it."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    rates = ("externals", "rates")
    asked = {call.callee for _, call in host.calls()}
    for service in host.services():
        if service.name in asked:
            used = ("services", service.name, "externals")
            slow = {"url": "https://rates.example", "timeout": "1h"}
            values = {rates: slow, used: [*(host.written(*used) or []), "rates"]}
            yield host.puts(values, (*rates, "timeout"))
