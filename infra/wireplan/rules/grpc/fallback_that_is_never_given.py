"""A fallback that is never given.

What: a call has a fallback that is an answer (empty, or a cache), and none of the methods it makes is without side effects by its contract; or it is by HTTP.
Why: only what reads has an answer in its place: one for a write would say that it was done, and of a request by HTTP nobody knows. The callee's error comes to the caller's own code, and ends the
request there unless that code catches it, while who reads the file (critical: false, or a fallback, which says the same) counts on it to go on.
Fix: option idempotency_level = NO_SIDE_EFFECTS for what only reads; or leave the fallback out, with critical: true where the caller cannot do without; where its code
catches the error and goes on, critical: false and fallback: error say so.
Source: grpc's idempotency_level (google/protobuf/descriptor.proto, MethodOptions); docs/resilience.md; RFC 9110, section 9.2.1 (safe methods: what may be answered from a store); spec rows F1.4, F1.6.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.topology import fallbacks
from wireplan.topology.types import Call, Path, Topology


@rule("RPC014", Severity.ERROR)
def fallback_that_is_never_given(topology: Topology) -> Iterator[Fault]:
    """Calls with an answer in place of the callee's, by what they call."""
    for service in topology.services.values():
        for call in service.calls.values():
            why = fallbacks.never(topology, call)
            if why:
                yield unheard(call, why)


def unheard(call: Call, why: str) -> Fault:
    """What is promised, and what is done."""
    path: Path = ("services", call.caller, "calls", call.callee)
    kind = call.fallback.kind if call.fallback else ""
    return Fault(
        path=(*path, "fallback"),
        what=f'the fallback of "{call.caller}" for "{call.callee}" is never given',
        why=f'fallback {kind} stands in for what reads: {why}. While "{call.callee}" is away, its error comes to the code of "{call.caller}", and ends the request unless that catches it.',
        fix="option idempotency_level = NO_SIDE_EFFECTS for what only reads; or fallback: error, and critical: true unless its code goes on after the error",
        related=(((*path, "critical"), "said to be missing at times"),),
    )
