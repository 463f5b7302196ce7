"""The whole system on one page: what fires, every service, every edge, every group."""

from collections.abc import Iterator

from wireplan.monitoring import objectives, promql
from wireplan.monitoring.grafana import Line, Panel, Row
from wireplan.monitoring.metrics import (
    ALERTS,
    BREAKER_STATE,
    HTTP_SERVED,
    OUTBOX_OLDEST,
    RECORDS_HANDLED,
    RECORDS_LAG,
    RPC_CALLED,
    RPC_SERVED,
    SAGA_OLDEST,
    SAGAS,
    UP,
)
from wireplan.monitoring.panels.asked import BREAKER
from wireplan.monitoring.panels.served import limit, sums
from wireplan.monitoring.promql import Like, Scope
from wireplan.topology.types import Topology

EDGE = ("service", "target")
HOP = "{{service}} → {{target}}"


def rows(scope: Scope, topology: Topology) -> Iterator[Row]:
    """The rows of the system's map."""
    firing = f'{ALERTS.name}{{alertstate="firing",system={promql.quoted(topology.system)}}}'
    fires = ((0.0, "quiet", "green"), (1.0, "fires", "red"))
    yield Row(
        "Alerts",
        (
            Panel(
                "Alerts that fire",
                (
                    Line(
                        promql.largest(firing, "alertname", "service", "severity"),
                        "{{severity}}: {{alertname}} {{service}}",
                    ),
                ),
                states=fires,
                wide=True,
            ),
        ),
    )
    yield from promised(topology)
    ready = Line(promql.total(scope.of(UP), "service"), "{{service}}")
    failed = sums(scope, RPC_SERVED, "service", "code", code=Like("OK", but=True))
    yield Row(
        "Services",
        (
            Panel("Pods that answer", (ready,), wide=True),
            Panel("HTTP requests", (Line(sums(scope, HTTP_SERVED, "service"), "{{service}}"),), "reqps"),
            Panel(
                "HTTP requests that failed",
                (Line(sums(scope, HTTP_SERVED, "service", status=Like("5..")), "{{service}}"),),
                "reqps",
            ),
            Panel("gRPC calls", (Line(sums(scope, RPC_SERVED, "service"), "{{service}}"),), "reqps"),
            Panel("gRPC calls with an error", (Line(failed, "{{service}} {{code}}"),), "reqps"),
        ),
    )
    if any(
        call.protocol == "grpc" for service in topology.services.values() for call in service.calls.values()
    ):
        yield edges(scope)
    yield from messages(scope, topology)


def promised(topology: Topology) -> Iterator[Row]:
    """How much fails of what is promised."""
    for promise in objectives.promises(topology):
        lines = tuple(
            Line(
                objectives.recorded(promise, window, topology.environment.namespace),
                f"over {promql.seconds(window)}",
            )
            for window in (objectives.HOUR, objectives.DAY)
        )
        title = f"Share that fails: {promise.path} of {promise.service}"
        yield Row(
            title, (Panel(title, (*lines, limit(promise.budget, "allowed")), "percentunit", wide=True),)
        )


def edges(scope: Scope) -> Row:
    """Calls from service to service."""
    failed = sums(scope, RPC_CALLED, *EDGE, code=Like("OK", but=True))
    return Row(
        "Calls between services",
        (
            Panel("Calls", (Line(sums(scope, RPC_CALLED, *EDGE), HOP),), "reqps"),
            Panel(
                "Share with an error",
                (Line(f"{failed} / {sums(scope, RPC_CALLED, *EDGE)}", HOP),),
                "percentunit",
            ),
            Panel(
                "Breakers",
                (Line(promql.largest(scope.of(BREAKER_STATE), *EDGE, "class"), f"{HOP} {{{{class}}}}"),),
                states=BREAKER,
                wide=True,
            ),
        ),
    )


def messages(scope: Scope, topology: Topology) -> Iterator[Row]:
    """Groups, outboxes and sagas."""
    group = "{{topic}} → {{group}}"
    panels: list[Panel] = []
    if any(service.consumes for service in topology.services.values()):
        dead = scope.gained(RECORDS_HANDLED, "1h", outcome="dead")
        panels += [
            Panel("Records that wait", (Line(promql.total(scope.of(RECORDS_LAG), "topic", "group"), group),)),
            Panel("Dead letters in the last hour", (Line(promql.total(dead, "topic", "group"), group),)),
        ]
    if any(
        publication.outbox
        for service in topology.services.values()
        for publication in service.publishes.values()
    ):
        panels.append(
            Panel(
                "Oldest event in an outbox",
                (Line(promql.largest(scope.of(OUTBOX_OLDEST), "service"), "{{service}}"),),
                "s",
            )
        )
    if topology.sagas:
        panels += [
            Panel(
                "Sagas under way",
                (Line(promql.largest(scope.of(SAGAS), "saga", "state"), "{{saga}}: {{state}}"),),
            ),
            Panel("Oldest saga", (Line(promql.largest(scope.of(SAGA_OLDEST), "saga"), "{{saga}}"),), "s"),
        ]
    if panels:
        yield Row("Messages", tuple(panels))
