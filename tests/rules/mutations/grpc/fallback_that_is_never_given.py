"""A fallback of a call that only writes; of one by HTTP."""

from collections.abc import Iterator

from wireplan.topology import fallbacks
from wireplan.topology.types import Idempotency

from tests.rules.mutating import Host, Mutation


def mutations(host: Host) -> Iterator[Mutation]:
    for path, call in host.calls():
        contract = host.topology.contracts.get(call.contract or "")
        methods = contract.methods.values() if contract else ()
        writes = [each.name for each in methods if each.idempotency is not Idempotency.NO_SIDE_EFFECTS]
        if writes and not call.methods and not fallbacks.answers(call):
            said = {(*path, "methods"): writes[:1], (*path, "fallback"): {"kind": "empty"}}
            yield host.puts({**said, (*path, "critical"): False}, (*path, "fallback"))
    for service in host.services():
        new = {("services", "pages"): {"kind": "http", "serves_http": "http2"}}
        call = ("services", service.name, "calls", "pages")
        written = {
            "fallback": {"kind": "empty"},
            "critical": False,
            "retry": {"attempts": 1},
            "deadline": "100ms",
        }
        yield host.puts({**new, call: written}, (*call, "fallback"))
