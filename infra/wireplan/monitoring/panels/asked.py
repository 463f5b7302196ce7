"""What a service asks of others: a row for each edge, from caller to callee, and for each system that is not ours."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.grafana import Line, Panel, Row
from wireplan.monitoring.metrics import (
    BREAKER_STATE,
    CALLS_REFUSED,
    EXTERNAL_REQUESTS,
    FALLBACKS,
    RPC_CALLED,
    RPC_CALLED_SECONDS,
)
from wireplan.monitoring.panels.served import limit, quantiles, sums
from wireplan.monitoring.promql import Like, Scope
from wireplan.topology.types import Call, Service

BREAKER = ((0.0, "closed", "green"), (1.0, "half-open", "yellow"), (2.0, "open", "red"))


def calls(scope: Scope, service: Service) -> Iterator[Row]:
    """A row for each callee by gRPC."""
    for call in service.calls.values():
        if call.protocol == "grpc":
            yield edge(scope, call)


def externals(scope: Scope, service: Service) -> Iterator[Row]:
    """A row for each system that is not ours: what it answered and by which HTTP, and its breaker."""
    for name in service.externals:
        made = sums(scope, EXTERNAL_REQUESTS, "http_version", "outcome", system=name)
        state = promql.largest(scope.of(BREAKER_STATE, target=name, class_="external"))
        yield Row(
            f"Requests to {name}",
            (
                Panel(
                    "Requests, by outcome",
                    (Line(made, "{{outcome}} HTTP/{{http_version}}"),),
                    "reqps",
                    "By status; refused: not made, unanswered: no answer.",
                ),
                Panel(
                    "Breaker",
                    (Line(state, name),),
                    states=BREAKER,
                    wide=True,
                    says="The worst of all pods.",
                ),
            ),
        )


def edge(scope: Scope, call: Call) -> Row:
    """Rate, errors, time against the deadline, breaker, and what is answered without the callee."""
    to: dict[str, promql.Matcher] = {"target": call.callee}
    failed = sums(scope, RPC_CALLED, "method", "code", **to, code=Like("OK", but=True))
    refused = Line(sums(scope, CALLS_REFUSED, "class", "reason", **to), "refused: {{class}}, {{reason}}")
    instead = Line(sums(scope, FALLBACKS, "method", **to), "answered instead: {{method}}")
    return Row(
        f"Calls to {call.callee}",
        (
            Panel(
                "Calls, by method", (Line(sums(scope, RPC_CALLED, "method", **to), "{{method}}"),), "reqps"
            ),
            Panel("Errors, by code", (Line(failed, "{{method}} {{code}}"),), "reqps"),
            Panel(
                "Time of a call",
                (*quantiles(scope, RPC_CALLED_SECONDS, "method", **to), limit(call.deadline, "deadline")),
                "s",
                "All tries of a call together: one deadline spans them.",
            ),
            Panel(
                "Not asked, and answered without", (refused, *((instead,) if call.fallback else ())), "reqps"
            ),
            Panel(
                "Breaker",
                (Line(promql.largest(scope.of(BREAKER_STATE, **to), "class"), "{{class}}"),),
                states=BREAKER,
                wide=True,
                says="The worst of all pods.",
            ),
        ),
    )
