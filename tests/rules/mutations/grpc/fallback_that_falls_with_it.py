"""Answers kept where the callee keeps its own; answers too old before they are stale."""

from collections.abc import Iterator

from wireplan.topology import fallbacks

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, call in host.calls():
        if "kept" in host.topology.caches or fallbacks.writes(host.topology, call):
            continue  # of what only writes the fallback is never given (RPC014)
        kept = {"cache": "kept", "ttl": "10m", "max_stale": "1h"}
        cache = {("caches", "kept"): {}, (*path, "fallback"): kept}
        yield host.puts(
            {**cache, (*path, "fallback"): {**kept, "max_stale": "1m"}}, (*path, "fallback", "max_stale")
        )
        used = ("services", call.callee, "caches")
        also = [*(host.written(*used) or []), "kept"]
        yield host.puts({**cache, used: also}, (*path, "fallback", "cache"))
