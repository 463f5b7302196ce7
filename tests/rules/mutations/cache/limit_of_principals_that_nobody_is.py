"""A limit by principal, of a service or a route, where no tokens are accepted."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        if service.verifies_tokens_of or service.rate_limit:
            continue
        path = ("services", service.name, "rate_limit")
        limit = {"rate": "20/s", "burst": 40, "store": "counters"}
        cache = {("caches", "counters"): {}}
        yield host.puts({**cache, path: {**limit, "per": "principal"}}, (*path, "per"))
        routes = {"GET /v1/all": {"per": "principal", "rate": "5/s", "burst": 5}}
        by_address = {**limit, "per": "address", "routes": routes}
        yield host.puts({**cache, path: by_address}, (*path, "routes", "GET /v1/all", "per"))
