"""Alerts of calls between services: a breaker that stays open, deadlines that are missed."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.alert import Firing, Urgency, alert, scope
from wireplan.monitoring.metrics import BREAKER_STATE, RPC_CALLED
from wireplan.topology.types import Call, Topology

OPEN = 2
"""What the metric says while calls are refused."""

TRIALS = "5m"
"""A breaker tries now and then whether the callee is well; in so long a window one that stays ill has been open."""

MISSED = 0.01
"""A share of calls: more than the slowest hundredth has no time left, so the deadline is what clients meet."""


def calls(topology: Topology) -> Iterator[Call]:
    """Every call by gRPC; what calls by HTTP has no metrics of its own."""
    for service in topology.services.values():
        yield from (call for call in service.calls.values() if call.protocol == "grpc")


@alert(
    "BreakerStaysOpen",
    Urgency.PAGE,
    rule="RPC012",
    when="a breaker has been open, or between two trials, for 5 minutes on any pod of the caller",
)
def breaker_stays_open(topology: Topology) -> Iterator[Firing]:
    """A callee that does not come back."""
    for call in calls(topology):
        if not call.critical:
            continue
        yield _open(
            topology, call, "The callee failed and does not come back; requests that need it are refused."
        )


@alert(
    "SpareBreakerStaysOpen",
    Urgency.TICKET,
    rule="RPC010",
    when="a breaker of a call that is not critical has stayed open for 5 minutes: answers lack a part",
)
def spare_breaker_stays_open(topology: Topology) -> Iterator[Firing]:
    """A callee that answers do without."""
    for call in calls(topology):
        if call.critical:
            continue
        yield _open(
            topology,
            call,
            "Answers are degraded: they come without what the callee adds, or with an older one.",
        )


def _open(topology: Topology, call: Call, what: str) -> Firing:
    state = scope(topology, call.caller).of(BREAKER_STATE, TRIALS, target=call.callee)
    worst = promql.largest(f"max_over_time({state})", "target", "class")
    return Firing(
        call.caller,
        f"{worst} == {OPEN}",
        "5m",
        f"{call.caller} no longer asks {call.callee}",
        f"{what} See the dashboard of {call.callee}, and its log; what the breaker goes by: "
        f"wireplan show services.{call.caller}.calls.{call.callee}.",
        {"target": call.callee},
    )


@alert(
    "DeadlinesMissed",
    Urgency.TICKET,
    rule="RPC004",
    when="more than 1% of the calls of an edge have ended at their deadline, for 15 minutes",
)
def deadlines_missed(topology: Topology) -> Iterator[Firing]:
    """An edge whose deadline is shorter than the work."""
    for call in calls(topology):
        series = scope(topology, call.caller)
        missed = series.of(RPC_CALLED, "10m", target=call.callee, code="DEADLINE_EXCEEDED")
        made = series.of(RPC_CALLED, "10m", target=call.callee)
        share = f"{promql.total(promql.rate(missed))} / {promql.total(promql.rate(made))}"
        yield Firing(
            call.caller,
            f"{share} > {MISSED:g}",
            "15m",
            f"{call.caller} gives up on {call.callee} after {call.deadline:g} s too often",
            f"See which method is slow on the dashboard of {call.callee}, and what it waits for (pool, callees). A longer deadline "
            f"is written at services.{call.caller}.calls.{call.callee}.deadline; wireplan validate says whether its callers wait for so long.",
            {"target": call.callee},
        )
