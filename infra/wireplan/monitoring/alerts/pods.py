"""Alerts of the pods themselves: away, fewer than promised, blocked."""

from collections.abc import Iterator

from wireplan.monitoring import promql
from wireplan.monitoring.alert import Firing, Urgency, alert, scope
from wireplan.monitoring.metrics import LOOP_DELAY, UP
from wireplan.topology.types import Replicas, Topology

GONE = "2m"
"""Longer than a rollout of all pods takes to show none, and four times the time between two scrapes."""

FEWER = "15m"
"""A rollout, a drained node and a cold start are over by then."""

BLOCKED = 1.0
"""Seconds: a tenth of what the liveness probe takes for a stalled loop, and as long as a usual deadline."""


def scraped(topology: Topology) -> Iterator[tuple[str, Replicas]]:
    """Parts whose pods answer /metrics, and how many pods they have."""
    for name, service in topology.services.items():
        yield name, service.replicas
    for edge in topology.edges.values():
        if edge.provider == "caddy":
            yield edge.resource, edge.replicas


@alert(
    "NoPodAnswers",
    Urgency.PAGE,
    rule="K8S003",
    when="no pod of a service or an edge has answered a scrape for 2 minutes",
)
def no_pod_answers(topology: Topology) -> Iterator[Firing]:
    """A part that is away as a whole."""
    for name, _ in scraped(topology):
        up = promql.or_zero(promql.total(scope(topology, name).of(UP)))
        yield Firing(
            name,
            f"{up} == 0",
            GONE,
            f"No pod of {name} answers",
            f"See whether its pods run: kubectl -n {topology.environment.namespace} get pods -l app.kubernetes.io/name={name}. "
            f"What fails with it: wireplan impact --fail {failing(topology, name)}. "
            "If they run, Prometheus is not let in: the label wireplan.dev/scrapes on its namespace.",
        )


@alert(
    "FewerPodsThanPromised",
    Urgency.TICKET,
    rule="K8S003",
    when="fewer pods than the topology's least number have answered scrapes for 15 minutes",
)
def fewer_pods_than_promised(topology: Topology) -> Iterator[Firing]:
    """A part with less room for a failure than it was given."""
    for name, replicas in scraped(topology):
        if replicas.min < 2:
            continue  # then it is away as a whole, or not
        up = promql.total(scope(topology, name).of(UP))
        yield Firing(
            name,
            f"{up} < {replicas.min}",
            FEWER,
            f"{name} has fewer than {replicas.min} pods that answer",
            f"One more failure may take it down. See why a pod is not ready: kubectl -n {topology.environment.namespace} "
            f"describe pods -l app.kubernetes.io/name={name}.",
        )


@alert(
    "EventLoopBlocked",
    Urgency.TICKET,
    rule="K8S001",
    when="the event loop of a pod has been late by more than a second for 5 minutes",
)
def event_loop_blocked(topology: Topology) -> Iterator[Firing]:
    """Work that belongs on a thread, or too little CPU."""
    for name in topology.services:
        late = promql.largest(scope(topology, name).of(LOOP_DELAY), "pod")
        yield Firing(
            name,
            f"{late} > {BLOCKED:g}",
            "5m",
            f"Something blocks the event loop of {name}",
            "Calls miss their deadlines, and after 10 s the pod is restarted. Look for a handler that computes or waits without "
            "await (asyncio.to_thread is for that), or give it more CPU.",
        )


def failing(topology: Topology, name: str) -> str:
    """The part in the words of `wireplan impact`."""
    edges = {edge.resource: f"edges.{edge.name}" for edge in topology.edges.values()}
    return edges.get(name, f"services.{name}")
