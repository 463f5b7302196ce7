"""What a service is asked: by HTTP, by gRPC; and how its pods are."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.grafana import RATE, Line, Panel, Row
from wireplan.monitoring.metrics import (
    CPU,
    FEATURE_ON,
    GRAPHQL_FIELDS,
    HTTP_SERVED,
    HTTP_SERVED_SECONDS,
    LOOP_DELAY,
    MEMORY,
    RATE_LIMITED,
    RPC_RETRIES,
    RPC_SERVED,
    RPC_SERVED_SECONDS,
    UP,
    Metric,
)
from wireplan.monitoring.promql import Like, Scope
from wireplan.topology import wiring
from wireplan.topology.types import Service, Topology

QUANTILES = (0.5, 0.99)


def pods(scope: Scope, service: Service) -> Row:
    """Pods: how many, how busy."""
    return Row(
        "Pods",
        (
            Panel(
                "Pods that answer",
                (
                    Line(promql.total(scope.of(UP)), "answer"),
                    limit(service.replicas.min, "least"),
                ),
            ),
            Panel("Event loop delay", (Line(scope.of(LOOP_DELAY), "{{pod}}"),), "s"),
            Panel(
                "Memory",
                (Line(scope.of(MEMORY), "{{pod}}"), limit(service.resources.memory_limit, "limit")),
                "bytes",
            ),
            Panel("CPU", (Line(promql.rate(scope.of(CPU, RATE)), "{{pod}}"),), "short", "Cores"),
        ),
    )


def http(scope: Scope, topology: Topology, service: Service) -> Iterator[Row]:
    """Requests by HTTP."""
    if service.ports.http is None:
        return
    budget = (wiring.http(topology, service) or {}).get("deadline")
    limits = (limit(budget, "budget"),) if budget else ()
    panels = [
        Panel("Requests, by route", (Line(sums(scope, HTTP_SERVED, "route"), "{{route}}"),), "reqps"),
        Panel("Answers, by status", (Line(sums(scope, HTTP_SERVED, "status"), "{{status}}"),), "reqps"),
        Panel(
            "Failed, by route",
            (Line(sums(scope, HTTP_SERVED, "route", "status", status=Like("5..")), "{{route}} {{status}}"),),
            "reqps",
        ),
        Panel("Time to answer", (*quantiles(scope, HTTP_SERVED_SECONDS, "route"), *limits), "s"),
    ]
    if service.graphql:
        fields = (Line(sums(scope, GRAPHQL_FIELDS, "field", "status"), "{{field}} {{status}}"),)
        panels.append(Panel("Fields of GraphQL", fields, "reqps"))
    if service.rate_limit:
        lines = (
            Line(
                sums(scope, RATE_LIMITED, "outcome", "counted_in"),
                "{{outcome}}, counted in the {{counted_in}}",
            ),
        )
        panels.append(Panel("Rate limits", lines, "reqps"))
    yield Row("HTTP", tuple(panels))


def grpc(scope: Scope, service: Service) -> Iterator[Row]:
    """Calls by gRPC."""
    if service.ports.grpc is None:
        return
    yield Row(
        "gRPC",
        (
            Panel("Calls, by method", (Line(sums(scope, RPC_SERVED, "method"), "{{method}}"),), "reqps"),
            Panel(
                "Errors, by code",
                (
                    Line(
                        sums(scope, RPC_SERVED, "method", "code", code=Like("OK", but=True)),
                        "{{method}} {{code}}",
                    ),
                ),
                "reqps",
            ),
            Panel("Time to answer", quantiles(scope, RPC_SERVED_SECONDS, "method"), "s"),
            Panel(
                "Retries that arrive",
                (Line(sums(scope, RPC_RETRIES, "method"), "{{method}}"),),
                "reqps",
                "Tries after the first, from all callers; gRPC's own retries do not show at the caller.",
            ),
        ),
    )


def features(scope: Scope, service: Service) -> Iterator[Row]:
    """What can be switched off."""
    if not wiring.optional(service):
        return
    states = ((0.0, "off", "red"), (1.0, "on", "green"))
    line = Line(f"min by (feature) ({scope.of(FEATURE_ON)})", "{{feature}}")
    yield Row("Switches", (Panel("Features that can be missing", (line,), states=states, wide=True),))


def limit(value: float, legend: str) -> Line:
    """A number of the topology."""
    return Line(f"vector({value:.10g})", legend, dashed=True)


def sums(scope: Scope, metric: Metric, *by: str, **labels: promql.Matcher) -> str:
    """How often a second, by labels."""
    promql.known((metric,), *by)
    return promql.total(promql.rate(scope.of(metric, RATE, **labels)), *by)


def quantiles(scope: Scope, metric: Metric, by: str, **labels: promql.Matcher) -> tuple[Line, ...]:
    """Median and 99th percentile, by a label."""
    promql.known((metric,), by)
    return tuple(
        Line(
            promql.quantile(share, scope.buckets(metric, RATE, **labels), by),
            f"p{share * 100:g} {{{{{by}}}}}",
        )
        for share in QUANTILES
    )
