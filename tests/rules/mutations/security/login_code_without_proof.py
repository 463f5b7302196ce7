"""A login whose code is worth something to a thief."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    provider = ("externals", "idp")
    for service in host.services():
        oauth = ("services", service.name, "oauth")
        before = host.written(*oauth) or []
        for pkce in ("plain", "none"):
            login = [*before, {"provider": "idp", "redirect": "https://app.example/back", "pkce": pkce}]
            made = {provider: {"kind": "oidc", "url": "https://idp.example"}, oauth: login}
            yield host.puts(made, (*oauth, len(before), "pkce"))
