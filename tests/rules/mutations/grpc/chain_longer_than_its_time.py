"""A service that is waited for no longer than a hop keeps back, and calls on."""

from collections.abc import Iterator

from wireplan.topology.types import Membership

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for service in host.services():
        calls = [("services", service.name, "calls", name) for name in service.calls]
        if not calls or any(host.topology.services[name].calls for name in service.calls):
            continue
        short = {(*path, "deadline"): "40ms" for path in calls} | {
            (*path, "retry"): {"attempts": 1} for path in calls
        }
        # Who waits so little for a service waits too little for what it asks outside, too.
        used = {name for callee in service.calls for name in host.topology.services[callee].externals}
        also = ["EXT002"] if any(host.written("externals", name, "timeout") for name in used) else []
        for edge in host.topology.edges.values():
            if [route.to for route in edge.routes if not route.bucket] == [service.name]:
                yield host.puts({**short, ("edges", edge.name, "budget"): "50ms"}, calls[0], also)
        for group in service.consumes.values():
            if group.membership is Membership.DYNAMIC:
                handler = ("services", service.name, "consumes", group.topic, "handler")
                yield host.puts({**short, handler: {"timeout": "50ms"}}, calls[0], also)
