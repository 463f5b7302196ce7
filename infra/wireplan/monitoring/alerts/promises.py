"""Alerts of what routes promise: it is used up too fast."""

from collections.abc import Iterator

from wireplan.model.units import share_text
from wireplan.monitoring import objectives
from wireplan.monitoring.alert import Firing, Urgency, alert
from wireplan.topology.types import Topology


@alert(
    "PromiseBurnsFast",
    Urgency.PAGE,
    rule="EDG003",
    when="requests of a route with an `objective` fail 14.4 times as fast as it allows for an hour, or 6 times for six hours",
)
def promise_burns_fast(topology: Topology) -> Iterator[Firing]:
    """The month's failures within days."""
    return firings(topology, page=True)


@alert(
    "PromiseBurns",
    Urgency.TICKET,
    rule="EDG003",
    when="requests of a route with an `objective` fail 3 times as fast as it allows for a day, or as fast as it allows for three days",
)
def promise_burns(topology: Topology) -> Iterator[Firing]:
    """The month's failures within the month."""
    return firings(topology, page=False)


def firings(topology: Topology, *, page: bool) -> Iterator[Firing]:
    """An alert for each promise that can be used up so fast."""
    for promise in objectives.promises(topology):
        expression = objectives.burning(topology, promise, page=page)
        if not expression:
            continue
        yield Firing(
            promise.service,
            expression,
            "0s",
            f"Too many requests to {promise.path} of {promise.service} fail for {share_text(promise.objective)}",
            f"The dashboard of {promise.service} shows which routes fail and which callee they wait for; a deployment just before it is "
            "the first suspect. What the parts of the route can keep: wireplan impact.",
            {"path": promise.path},
        )
