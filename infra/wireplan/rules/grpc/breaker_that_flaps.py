"""A circuit breaker that opens at one failure, or closes at one success.

What: close_after or consecutive_failures of a breaker is 1.
Why: of a callee that recovers with some of its pods, the one call that is let through may meet a healthy one: the breaker closes, the full load comes back and throws it
over again. And one failed call, such as any restart of a pod gives, says nothing of the other pods, but would cut the caller off from all of them.
Fix: leave both out (5 and 5), or at least 2.
Source: spec row F1.7 (closes after a streak of healthy calls); Nygard, "Release It!", circuit breaker; resilience4j's permittedNumberOfCallsInHalfOpenState.
"""

from collections.abc import Iterator

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.rules.words import duration, term
from wireplan.topology import defaults
from wireplan.topology.types import Call, Path, Topology

STREAK = 2


@rule("RPC012", Severity.ERROR)
def breaker_that_flaps(topology: Topology) -> Iterator[Fault]:
    """Breakers that act on one call."""
    for service in topology.services.values():
        for call in service.calls.values():
            if call.breaker.close_after < STREAK:
                yield closes(topology, where(call, "close_after"), call)
            if call.breaker.consecutive_failures < STREAK:
                yield opens(topology, where(call, "consecutive_failures"), call)


def where(call: Call, key: str) -> Path:
    """Where a number of a call's breaker is written."""
    return ("services", call.caller, "calls", call.callee, "breaker", key)


def closes(topology: Topology, path: Path, call: Call) -> Fault:
    """One healthy pod is enough."""
    pods = term(
        topology,
        f"{topology.services[call.callee].replicas.max} pods",
        ("services", call.callee, "replicas", "max"),
    )
    return Fault(
        path=path,
        what=f'the breaker of "{call.caller}" before "{call.callee}" closes after one healthy call',
        why=f"{term(topology, 'close_after is 1', path)}: of up to {pods} one that is back answers the trial call, and the full load "
        f"comes to all. They fail, it opens for {term(topology, duration(call.breaker.open_for), where(call, 'open_for'))}, and so on.",
        fix=f"close_after: {defaults.CLOSE_AFTER.value}",
        becomes=f"{defaults.CLOSE_AFTER.value}",
    )


def opens(topology: Topology, path: Path, call: Call) -> Fault:
    """One lost call is enough."""
    open_for = term(topology, duration(call.breaker.open_for), where(call, "open_for"))
    return Fault(
        path=path,
        what=f'one failed call cuts "{call.caller}" off from all pods of "{call.callee}"',
        why=f"{term(topology, 'consecutive_failures is 1', path)}: the restart of one pod fails a call, and for {open_for} none is made, "
        "to the other pods neither.",
        fix=f"consecutive_failures: {defaults.CONSECUTIVE.value}",
        becomes=f"{defaults.CONSECUTIVE.value}",
    )
