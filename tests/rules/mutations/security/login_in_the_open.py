"""A login of which something goes over http."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation

PROVIDER = ("externals", "idp")
BACK = {"redirect": "https://app.example/back"}


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        oauth = ("services", service.name, "oauth")
        before = host.written(*oauth) or []
        here = (*oauth, len(before))
        sound = {"kind": "oidc", "url": "https://idp.example"}
        for login, at in (
            ({"redirect": "http://app.example/back"}, (*here, "redirect")),
            ({**BACK, "apps": ["https://app.example/", "http://app.example/"]}, (*here, "apps", 1)),
        ):
            yield host.puts({PROVIDER: sound, oauth: [*before, {"provider": "idp", **login}]}, at)
        unsound = {**sound, "url": "http://idp.example"}
        yield host.puts(
            {PROVIDER: unsound, oauth: [*before, {"provider": "idp", **BACK}]}, (*PROVIDER, "url")
        )
