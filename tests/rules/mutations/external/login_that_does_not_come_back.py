"""A login whose way back leads to an edge that has no route for it, or to nobody at all."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation

PROVIDER, DOOR = ("externals", "idp"), ("edges", "door")
SOUND = {"kind": "oidc", "url": "https://idp.example"}


def mutations(host: Host) -> Iterator[Mutation]:
    edges = list(host.topology.edges.values())
    routed = [route.to for edge in edges for route in edge.routes if route.bucket is None]
    for service in host.services():
        oauth = ("services", service.name, "oauth")
        before = host.written(*oauth) or []
        at = (*oauth, len(before))
        for to in routed[:1]:
            routes = [{"path": "/front", "to": to}]
            door = {"kind": "load-balancer", "host": "door.example", "routes": routes}
            login = {"provider": "idp", "redirect": "https://door.example/back"}
            yield host.puts({PROVIDER: SOUND, DOOR: door, oauth: [*before, login]}, (*at, "redirect"))
        if not edges:
            yield host.puts({PROVIDER: SOUND, oauth: [*before, {"provider": "idp"}]}, at)
