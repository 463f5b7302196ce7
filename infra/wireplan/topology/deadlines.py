"""Deadlines hop by hop from the edge's budget, and how long a pod needs to end (spec row F1.2, RPC004, K8S002)."""

from collections.abc import Mapping
from math import floor

from wireplan.model.system import System
from wireplan.topology import defaults
from wireplan.topology.chains import HOP
from wireplan.topology.context import seconds
from wireplan.topology.kept import kept


def within(available: float) -> float:
    """What one call may take of what its caller has, in steps of 10 ms. One deadline spans all its attempts (gRFC A6)."""
    return max(0.01, floor((available - HOP) * 100 + 1e-9) / 100)


def handlers(system: System, service: str) -> list[float]:
    """The handler timeouts of a service's consumer groups."""
    written = system.defaults.consumes.handler.timeout
    return [
        seconds("prod", defaults.HANDLER_TIMEOUT, c.handler.timeout, written)
        for c in system.services[service].consumes.values()
    ]


def budgets(system: System, profile: str) -> dict[str, list[float]]:
    """The budgets of the edges that route to each service."""
    found: dict[str, list[float]] = {}
    for edge in system.edges.values():
        for route in edge.routes:
            if not route.to.startswith("bucket "):
                found.setdefault(route.to, []).append(seconds(profile, defaults.BUDGET, edge.budget))
    return found


@kept
def outermost_first(system: System) -> list[str]:
    """Services, callers before callees; a cycle is cut where it was entered (RPC009 speaks of it)."""
    done: dict[str, None] = {}
    for start in sorted(system.services):
        _visit(system, start, done)
    return list(reversed(done))


def _visit(system: System, start: str, done: dict[str, None]) -> None:
    if start in done:
        return
    seen = {start}
    stack = [(start, iter(sorted(system.services[start].calls)))]
    while stack:
        name, rest = stack[-1]
        callee = next((c for c in rest if c in system.services and c not in done and c not in seen), None)
        if callee is None:
            done[name] = None
            stack.pop()
        else:
            seen.add(callee)
            stack.append((callee, iter(sorted(system.services[callee].calls))))


def deadlines(system: System, profile: str) -> dict[tuple[str, str], float]:
    """The deadline of every call, by (caller, callee).

    A call that names none gets the default, or less where the caller itself has less time.
    """
    common = system.defaults.calls
    served = budgets(system, profile)
    found: dict[tuple[str, str], float] = {}
    for caller in outermost_first(system):
        available = min(served.get(caller) or handlers(system, caller) or [float("inf")])
        for callee, call in system.services[caller].calls.items():
            written = call.deadline if call.deadline is not None else common.deadline
            deadline = float(written) if written is not None else derived(available)
            found[caller, callee] = deadline
            served.setdefault(callee, []).append(deadline)
    return found


def derived(available: float) -> float:
    """The deadline of a call that names none: the default, or less where its caller has less."""
    if available == float("inf"):
        return defaults.DEADLINE.value
    return min(defaults.DEADLINE.value, within(available))


def served(system: System, profile: str, calls: Mapping[tuple[str, str], float]) -> dict[str, list[float]]:
    """What each service may be asked to take: edge budgets and the deadlines of calls to it."""
    found = budgets(system, profile)
    for (_, callee), deadline in calls.items():
        found.setdefault(callee, []).append(deadline)
    return found
