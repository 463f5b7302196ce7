"""What a service keeps things in: its connection pools, its caches."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.grafana import Line, Panel, Row
from wireplan.monitoring.metrics import (
    CACHE_FAILED,
    DATABASE_RETRIES,
    POOL_SIZE,
    POOL_WAITING,
    RATE_LIMIT_STORE_ERRORS,
)
from wireplan.monitoring.panels.served import limit, sums
from wireplan.monitoring.promql import Scope
from wireplan.topology.types import Service


def database(scope: Scope, service: Service) -> Iterator[Row]:
    """The pools of its database."""
    if service.database is None:
        return
    pool = service.database.pool
    yield Row(
        "Database",
        (
            Panel(
                "Requests that wait for a connection",
                (
                    Line(promql.largest(scope.of(POOL_WAITING), "pod", "host"), "{{pod}} {{host}}"),
                    limit(pool.max_waiting, "refused beyond"),
                ),
            ),
            Panel(
                "Connections",
                (
                    Line(promql.largest(scope.of(POOL_SIZE), "pod", "host"), "{{pod}} {{host}}"),
                    limit(pool.max, "most"),
                ),
            ),
            Panel(
                "Transactions that were run again",
                (Line(sums(scope, DATABASE_RETRIES, "cause"), "{{cause}}"),),
                "ops",
            ),
        ),
    )


def caches(scope: Scope, service: Service) -> Iterator[Row]:
    """Caches that did not answer: nothing breaks, much gets slower."""
    panels: list[Panel] = []
    kept = {call.fallback.cache for call in service.calls.values() if call.fallback and call.fallback.cache}
    if kept or service.caches:
        panels.append(
            Panel("Looks that failed", (Line(sums(scope, CACHE_FAILED, "cache"), "{{cache}}"),), "ops")
        )
    if service.rate_limit:
        panels.append(
            Panel(
                "Store of rate limits: failures",
                (Line(sums(scope, RATE_LIMIT_STORE_ERRORS), "failures"),),
                "ops",
            )
        )
    if panels:
        yield Row("Caches", tuple(panels))
