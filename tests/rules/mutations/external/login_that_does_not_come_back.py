"""A login whose way back leads to an edge that has no route for it, or to nobody at all."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation

PROVIDER = ("externals", "idp")
SOUND = {"kind": "oidc", "url": "https://idp.example"}


def mutations(host: Host) -> Iterator[Mutation]:
    edges = [e for e in host.topology.edges.values() if all(route.path != "/" for route in e.routes)]
    for service in host.services():
        oauth = ("services", service.name, "oauth")
        before = host.written(*oauth) or []
        for edge in edges:
            login = {"provider": "idp", "redirect": f"https://{edge.host}:{edge.port}/nobody/takes/this"}
            at = (*oauth, len(before), "redirect")
            yield host.puts({PROVIDER: SOUND, oauth: [*before, login]}, at)
        if not host.topology.edges:
            at = (*oauth, len(before))
            yield host.puts({PROVIDER: SOUND, oauth: [*before, {"provider": "idp"}]}, at)
