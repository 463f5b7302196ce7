"""Alerts of the outbox: events that are written and not sent."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.alert import Firing, Urgency, alert, scope
from wireplan.monitoring.metrics import OUTBOX_OLDEST
from wireplan.topology.types import Topology
from wireplan.topology.wiring import RELAY


@alert(
    "OutboxNotSent",
    Urgency.PAGE,
    rule="MSG001",
    when="the oldest event of an outbox is older than the time in which a broker's failover is over (300 s), for 5 minutes",
)
def outbox_not_sent(topology: Topology) -> Iterator[Firing]:
    """Nothing is lost, and nobody hears of it."""
    for name, service in topology.services.items():
        if not any(publication.outbox for publication in service.publishes.values()):
            continue
        oldest = promql.largest(scope(topology, name).of(OUTBOX_OLDEST))
        yield Firing(
            name,
            f"{oldest} > {RELAY['delivery_timeout']}",
            "5m",
            f"Events of {name} wait in its outbox",
            "They are safe in its database, and others do not hear of them. See whether the brokers take records (topic without "
            f"enough in-sync replicas, disk full), and what its relay says: kubectl -n {topology.environment.namespace} logs "
            f"-l app.kubernetes.io/name={name}.",
        )
