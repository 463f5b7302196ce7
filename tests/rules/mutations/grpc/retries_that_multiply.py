"""Five attempts at one hop and two at the next."""

from collections.abc import Iterator
from dataclasses import replace

from wireplan.topology.chains import attempts
from wireplan.topology.types import Call, Topology

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, call in host.calls():
        for onward in host.topology.services[call.callee].calls.values():
            below = ("services", onward.caller, "calls", onward.callee)
            if repeated(host.topology, call) and repeated(host.topology, onward):
                retries = {(*path, "retry"): {"attempts": 5, "initial_backoff": "10ms"}}
                yield host.puts({**retries, (*below, "retry"): {"attempts": 2}}, (*path, "retry", "attempts"))


def repeated(topology: Topology, call: Call) -> bool:
    """Whether more than one attempt at a call would be made, by what its contract says."""
    return attempts(topology, replace(call, retry=replace(call.retry, attempts=2))) > 1
