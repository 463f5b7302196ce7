"""A retry of a call that was answered.

What: retry.on of a call with more than one attempt names another status than UNAVAILABLE.
Why: UNAVAILABLE alone says that the callee did not do it and that the same call may succeed at once, at another pod. Statuses such as NOT_FOUND are answers and stay
the same; DEADLINE_EXCEEDED leaves no time for another attempt, since one deadline spans all; RESOURCE_EXHAUSTED asks for less load and would get more;
after INTERNAL, UNKNOWN or ABORTED the work may be half done, and only who knows the whole of it can begin again.
Fix: leave retry.on out. Where a callee documents that another status is safe to repeat, waive this rule for the call and say where it stands.
Source: grpc/grpc doc/statuscodes.md (UNAVAILABLE, ABORTED, FAILED_PRECONDITION); grpc/proposal A6. Corrected here: methods that are not idempotent by their contract are
never retried, whatever is written, so only the statuses can be wrong.
"""

from collections.abc import Iterator

from wireplan.findings import Edit, Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import listed, term
from wireplan.topology.author import Author
from wireplan.topology.chains import attempts
from wireplan.topology.types import Call, Path, Topology

SAFE = "UNAVAILABLE"
UNCLEAR = {
    "ABORTED": "the callee gave up in the middle",
    "INTERNAL": "nothing is known of what was done",
    "UNKNOWN": "nothing is known of what was done",
    "DATA_LOSS": "nothing is known of what was done",
    "RESOURCE_EXHAUSTED": "the callee has too much to do as it is",
}
LATE = {
    "DEADLINE_EXCEEDED": "the deadline spans all attempts, so none is left",
    "CANCELLED": "nobody waits any more",
}


@rule("RPC005", Severity.ERROR)
def retry_of_an_answer(topology: Topology) -> Iterator[Fault]:
    """Calls that are repeated on something else than UNAVAILABLE."""
    for service in topology.services.values():
        for call in service.calls.values():
            if set(call.retry.on) - {SAFE} and attempts(topology, call) > 1:
                yield answered(topology, call)


def answered(topology: Topology, call: Call) -> Fault:
    """Each status and what repeating it means."""
    path: Path = ("services", call.caller, "calls", call.callee, "retry", "on")
    wrong = [status for status in call.retry.on if status != SAFE]
    made = term(topology, f"{call.retry.attempts} attempts", (*path[:-1], "attempts"))
    reasons = "; ".join(f"{status}: {reason(status)}" for status in wrong)
    return Fault(
        path=path,
        what=f'"{call.caller}" asks "{call.callee}" again after {listed(wrong)}',
        why=f"{made} on {term(topology, listed(call.retry.on), path)}. {reasons}.",
        fix=f"on: [{SAFE}]",
        mend=lambda author: only_safe(author, path),
        severity=Severity.WARNING if set(wrong) <= UNCLEAR.keys() else None,
    )


def only_safe(author: Author, path: Path) -> Edit | None:
    """The change, where the statuses are written: at the call, or for all calls."""
    return author.rewritten(path, f"[{SAFE}]") or author.rewritten(
        ("defaults", "calls", *path[4:]), f"[{SAFE}]"
    )


def reason(status: str) -> str:
    """Why repeating helps nobody."""
    return UNCLEAR.get(status) or LATE.get(status) or "it is an answer, and the same question gets it again"
