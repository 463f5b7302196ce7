"""A call that may fail, and no word on what is answered then.

What: a call is not critical (critical: false, or its callee is of tier secondary) and has no fallback, or the fallback error.
Why: that the system may live without the callee is so far only said. With nothing else to answer, the caller answers with the callee's error, and the secondary service
takes the whole request down with it, in the first outage in which it was to be left out.
Fix: fallback: empty, where the answer can do without; fallback: {cache: NAME} for the last good answer; or critical: true, if it cannot be done without. Of a call that only writes, or by HTTP, nothing can be
answered: there fallback: error says that the caller's code catches the error and goes on.
Source: spec rows F1.4, F1.6; Google SRE book, "Addressing Cascading Failures" (graceful degradation).
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import term, written
from wireplan.topology import fallbacks
from wireplan.topology.types import Call, Path, Topology


@rule("RPC010", Severity.ERROR)
def optional_call_without_fallback(topology: Topology) -> Iterator[Fault]:
    """Calls that are not critical and end in an error all the same."""
    for service in topology.services.values():
        for call in service.calls.values():
            if not call.critical and not fallbacks.answers(call) and not fallbacks.caught(topology, call):
                yield unsaid(topology, call)


def unsaid(topology: Topology, call: Call) -> Fault:
    """What says that the call may fail, and what is answered then."""
    path: Path = ("services", call.caller, "calls", call.callee)
    said: Path = (*path, "critical")
    reason = term(topology, "critical: false", said)
    if not written(topology, said):
        said = ("services", call.callee, "tier")
        reason = term(topology, f'"{call.callee}" is of tier secondary', said)
    lack = term(topology, "fallback: error", (*path, "fallback")) if call.fallback else "no fallback"
    return Fault(
        path=(*path, "fallback") if call.fallback else path,
        what=f'"{call.caller}" may do without "{call.callee}", but fails with it',
        why=f'{reason}, and {lack}: while "{call.callee}" is away, every request of "{call.caller}" that asks it ends in its error.',
        fix="fallback: empty, or fallback: {cache: NAME}; or critical: true",
        related=((said, "it may be missing"),),
    )
