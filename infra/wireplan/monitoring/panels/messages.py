"""What a service hears and says: its consumer groups, its outbox, its sagas."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.alerts.groups import all_partitions, reads
from wireplan.monitoring.grafana import RATE, Line, Panel, Row
from wireplan.monitoring.metrics import (
    OUTBOX_OLDEST,
    OUTBOX_SENT,
    OUTBOX_UNSENT,
    PARTITIONS,
    REBALANCES,
    RECORD_SECONDS,
    RECORDS_HANDLED,
    RECORDS_LAG,
    SAGA_ATTEMPTS,
    SAGA_OLDEST,
    SAGAS,
    SAGAS_ENDED,
)
from wireplan.monitoring.panels.served import limit, quantiles, sums
from wireplan.monitoring.promql import Scope
from wireplan.topology.types import Consumption, Service, Topology
from wireplan.topology.wiring import RELAY


def groups(scope: Scope, topology: Topology, service: Service) -> Iterator[Row]:
    """A row for each topic that it consumes."""
    for group in service.consumes.values():
        yield consumed(scope, topology, group)


def consumed(scope: Scope, topology: Topology, group: Consumption) -> Row:
    """One group on one topic, its retry topics included."""
    own = {"group": group.group}
    read = {"topic": group.topic, **own}
    all_of = {"topic": reads(group), **own}
    gained = promql.total(promql.grown(scope.of(REBALANCES, RATE, **read)), "pod")
    return Row(
        f"{group.topic}, group {group.group}",
        (
            Panel(
                "Records, by what became of them",
                (Line(sums(scope, RECORDS_HANDLED, "topic", "outcome", **all_of), "{{outcome}} {{topic}}"),),
                "ops",
            ),
            Panel(
                "Records that wait",
                (Line(promql.total(scope.of(RECORDS_LAG, **all_of), "topic"), "{{topic}}"),),
                says="Retry topics hold records back on purpose.",
            ),
            Panel(
                "Time of an attempt",
                (*quantiles(scope, RECORD_SECONDS, "topic", **all_of), limit(group.handler_timeout, "limit")),
                "s",
            ),
            Panel(
                "Dead letters",
                (
                    Line(
                        promql.total(scope.gained(RECORDS_HANDLED, "1h", **all_of, outcome="dead")),
                        "in the last hour",
                    ),
                ),
            ),
            Panel(
                "Partitions",
                (
                    Line(promql.total(scope.of(PARTITIONS, **read), "pod"), "{{pod}}"),
                    Line(promql.total(scope.of(PARTITIONS, **read)), "all"),
                    limit(all_partitions(topology, group), "there are"),
                ),
            ),
            Panel("Rebalances", (Line(gained, "{{pod}}"),)),
        ),
    )


def outbox(scope: Scope, service: Service) -> Iterator[Row]:
    """What it publishes through its outbox."""
    if not any(publication.outbox for publication in service.publishes.values()):
        return
    yield Row(
        "Outbox",
        (
            Panel("Sent, by topic", (Line(sums(scope, OUTBOX_SENT, "topic"), "{{topic}}"),), "ops"),
            Panel(
                "Oldest event that waits",
                (
                    Line(promql.largest(scope.of(OUTBOX_OLDEST)), "age"),
                    limit(float(RELAY["delivery_timeout"]), "alert"),
                ),
                "s",
            ),
            Panel("Events that wait", (Line(promql.largest(scope.of(OUTBOX_UNSENT)), "events"),)),
        ),
    )


def sagas(scope: Scope, topology: Topology, service: Service) -> Iterator[Row]:
    """The sagas that it orchestrates."""
    for saga in topology.sagas.values():
        if saga.owner != service.name:
            continue
        which = {"saga": saga.name}
        yield Row(
            f"Saga {saga.name}",
            (
                Panel(
                    "Under way, by state",
                    (Line(promql.largest(scope.of(SAGAS, **which), "state"), "{{state}}"),),
                ),
                Panel(
                    "Oldest under way",
                    (
                        Line(promql.largest(scope.of(SAGA_OLDEST, **which)), "age"),
                        limit(saga.timeout, "timeout"),
                    ),
                    "s",
                ),
                Panel("Ended", (Line(sums(scope, SAGAS_ENDED, "state", **which), "{{state}}"),), "ops"),
                Panel(
                    "Attempts at steps",
                    (Line(sums(scope, SAGA_ATTEMPTS, "step", "outcome", **which), "{{step}}: {{outcome}}"),),
                    "ops",
                ),
            ),
        )
