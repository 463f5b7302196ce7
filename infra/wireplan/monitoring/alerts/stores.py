"""Alerts of what services keep things in: the pool of their database, the store of their limits."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.alert import Firing, Urgency, alert, scope
from wireplan.monitoring.metrics import POOL_WAITING, RATE_LIMIT_STORE_ERRORS
from wireplan.topology.types import Topology

CROWDED = 0.5
"""Of the requests that may wait for a connection; at all of them, further ones are refused."""


@alert(
    "DatabasePoolCrowded",
    Urgency.TICKET,
    rule="PG006",
    when="half of the requests that may wait for a database connection do so, on any pod, for 5 minutes",
)
def database_pool_crowded(topology: Topology) -> Iterator[Firing]:
    """Requests that will soon be refused."""
    for name, service in topology.services.items():
        if service.database is None:
            continue
        most = max(1.0, CROWDED * service.database.pool.max_waiting)
        waiting = promql.largest(scope(topology, name).of(POOL_WAITING), "pod", "host")
        yield Firing(
            name,
            f"{waiting} >= {most:g}",
            "5m",
            f"Requests of {name} queue for database connections",
            "Look for slow or blocked statements first (pg_stat_activity): a larger pool helps only where the server is idle. "
            f"Its limits: wireplan show services.{name}.database.",
        )


@alert(
    "LimitsCountedInPods",
    Urgency.TICKET,
    rule="CAC001",
    when="the store of rate limits has failed within the last 10 minutes, for 10 minutes",
)
def limits_counted_in_pods(topology: Topology) -> Iterator[Firing]:
    """Limits that hold for each pod alone."""
    for name, service in topology.services.items():
        if service.rate_limit is None:
            continue
        failed = scope(topology, name).of(RATE_LIMIT_STORE_ERRORS, "10m")
        yield Firing(
            name,
            f"{promql.total(promql.grown(failed))} > 0",
            "10m",
            f"{name} counts its rate limits in each pod",
            f"The cache {service.rate_limit.store} does not answer: see its pod. Requests are served all the same, with the limit's share of each pod.",
        )
