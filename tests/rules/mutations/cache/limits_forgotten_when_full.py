"""Counters in a cache that refuses; counters in a cache that keeps answers for longer."""

from collections.abc import Iterator

from wireplan.topology import fallbacks

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    limit = {"per": "address", "rate": "20/s", "burst": 40, "store": "limits"}
    for service in host.services():
        if service.rate_limit:
            yield host.put("noeviction", "caches", service.rate_limit.store, "eviction")
        elif "limits" not in host.topology.caches:
            at = ("caches", "limits", "eviction")
            yield host.puts({("services", service.name, "rate_limit"): limit, at: "noeviction"}, at)
    for path, call in host.calls():
        if fallbacks.writes(host.topology, call):
            continue  # its fallback would never be given (RPC014)
        if "limits" not in host.topology.caches and not host.topology.services[call.caller].rate_limit:
            at = ("caches", "limits", "eviction")
            fallback = {"cache": "limits", "ttl": "1h", "max_stale": "2h"}
            limited = {("services", call.caller, "rate_limit"): limit, (*path, "fallback"): fallback}
            yield host.puts({**limited, at: "volatile-ttl"}, at)
