"""A call that may fail, and nothing to answer then."""

from collections.abc import Iterator

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, call in host.calls():
        if call.fallback is None:
            yield host.puts({(*path, "critical"): False}, path)
        elif not call.critical:
            yield host.put({"kind": "error"}, *path, "fallback")
    for service in host.services():
        callers = [(path, call) for path, call in host.calls() if call.callee == service.name]
        if (
            len(callers) == 1
            and callers[0][1].fallback is None
            and host.written(*callers[0][0], "critical") is None
        ):
            tier = ("services", service.name, "tier")
            yield host.puts({tier: "secondary"}, callers[0][0])
