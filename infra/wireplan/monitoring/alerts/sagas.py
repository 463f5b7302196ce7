"""Alerts of sagas: stuck, or longer under way than all of their steps together may take."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.alert import Firing, Urgency, alert, scope
from wireplan.monitoring.metrics import SAGA_OLDEST, SAGAS
from wireplan.topology.types import Topology


@alert(
    "SagaStuck", Urgency.PAGE, rule="SAG001", when="a saga has stopped where it is neither done nor undone"
)
def saga_stuck(topology: Topology) -> Iterator[Firing]:
    """A person has to decide."""
    for name, saga in topology.sagas.items():
        stuck = promql.largest(scope(topology, saga.owner).of(SAGAS, saga=name, state="stuck"))
        yield Firing(
            saga.owner,
            f"{stuck} > 0",
            "0s",
            f"A saga {name} is stuck",
            "wireplan sagas shows which, at what step, and what the last attempt said. When its cause is mended the engine goes on.",
            {"saga": name},
        )


@alert(
    "SagaOverdue",
    Urgency.TICKET,
    rule="SAG002",
    when="the oldest saga that has not ended is older than the saga's `timeout`, for 15 minutes",
)
def saga_overdue(topology: Topology) -> Iterator[Firing]:
    """Work that should be done or undone by now."""
    for name, saga in topology.sagas.items():
        oldest = promql.largest(scope(topology, saga.owner).of(SAGA_OLDEST, saga=name))
        yield Firing(
            saga.owner,
            f"{oldest} > {saga.timeout:g}",
            "15m",
            f"A saga {name} is under way for longer than all its steps may take",
            f"wireplan sagas shows at which step it waits; see the dashboard of who takes that step. Its limit: wireplan show sagas.{name}.timeout.",
            {"saga": name},
        )
