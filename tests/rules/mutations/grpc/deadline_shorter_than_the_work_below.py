"""A call, or an edge, with less time than the call below it; pauses that outlast a deadline."""

from collections.abc import Iterator

from wireplan.topology.types import Call, Path

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, call in host.calls():
        below = host.topology.services[call.callee].calls
        for onward in below.values():
            if not host.topology.services[onward.callee].calls:
                yield from shorter(host, (*path, "deadline"), onward)
        if call.retry.attempts > 1:
            pauses = {"initial_backoff": "20s", "max_backoff": "20s", "attempts": call.retry.attempts}
            told = (*path, "deadline")
            common = ("defaults", "calls", "deadline")
            at = common if host.written(*told) is None and host.written(*common) else told
            yield host.puts({(*path, "retry", key): value for key, value in pauses.items()}, at)
    for edge in host.topology.edges.values():
        routed = [each.to for each in edge.routes if each.to in host.topology.services]
        for onward in (call for name in routed for call in host.topology.services[name].calls.values()):
            if len(routed) == 1 and not host.topology.services[onward.callee].calls:
                yield from shorter(host, ("edges", edge.name, "budget"), onward)


def shorter(host: Host, at: Path, onward: Call) -> Iterator[Mutation]:
    """The one who waits gets less than the call below, which gets no more than all others who wait for its caller."""
    service = host.topology.services[onward.caller]
    edges = [
        each
        for each in host.topology.edges.values()
        if any(route.to == service.name for route in each.routes)
    ]
    waits = [call.deadline for _, call in host.calls() if call.callee == service.name]
    waits += [each.budget for each in edges] + [group.handler_timeout for group in service.consumes.values()]
    most = min([*waits, 1.0])
    if all(call.deadline <= most * 0.8 or host.written("services", service.name, "calls", call.callee, "deadline") is None
           for call in service.calls.values() if call.callee != onward.callee):  # fmt: skip
        below = ("services", onward.caller, "calls", onward.callee, "deadline")
        yield host.puts({at: f"{int(most * 800)}ms", below: f"{int(most * 1000)}ms"}, at)
