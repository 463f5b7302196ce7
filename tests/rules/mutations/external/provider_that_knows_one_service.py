"""Two services that log in by one provider which is brought."""

from collections.abc import Iterator
from itertools import pairwise

from tests.rules.mutating import Host, Mutation

PROVIDER = ("externals", "idp")


def mutations(host: Host) -> Iterator[Mutation]:
    if not host.dev:
        return
    brought = {"kind": "oidc", "url": "https://idp.localhost:9443", "provider": "builtin"}
    login = {"provider": "idp", "redirect": "https://app.example/back"}
    names = list(host.topology.services)
    for one, other in pairwise(names):
        paths = [("services", name, "oauth") for name in (one, other)]
        before = [host.written(*path) or [] for path in paths]
        values = {path: [*held, login] for path, held in zip(paths, before, strict=True)}
        yield host.puts({PROVIDER: brought, **values}, (*paths[1], len(before[1]), "provider"))
