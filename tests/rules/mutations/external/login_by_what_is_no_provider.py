"""A login by something else."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation

PROVIDER = ("externals", "idp")


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        oauth = ("services", service.name, "oauth")
        before = host.written(*oauth) or []
        login = [*before, {"provider": "idp", "redirect": "https://app.example/back"}]
        for kind in ("http", "other"):
            other = {"kind": kind, "url": "https://idp.example"}
            yield host.puts({PROVIDER: other, oauth: login}, (*PROVIDER, "kind"))
