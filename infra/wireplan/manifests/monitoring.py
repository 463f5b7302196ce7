"""What watches the system, made in the cluster where the environment says so: alerts, what to scrape, dashboards."""

from collections.abc import Iterator

from wireplan.manifests import common
from wireplan.manifests.common import Owner
from wireplan.manifests.thing import Body, Object, Plan, thing
from wireplan.monitoring import dashboards, grafana, rules, scrape
from wireplan.topology.names import LABEL, fit

COREOS = "monitoring.coreos.com/v1"
SIDECAR = "grafana_dashboard"
"""The label that the sidecar of Grafana's own chart looks for, unless told otherwise."""


@thing("monitoring", rank=80)
def monitoring(plan: Plan) -> Iterator[Object]:
    """A PrometheusRule and a PodMonitor for the operator, a ConfigMap a dashboard for the sidecar; nothing where neither is named."""
    topology = plan.topology
    owner = Owner(
        topology,
        topology.system,
        "monitoring",
        ("monitoring", topology.system),
        (("namespace", topology.system),),
    )
    if topology.environment.prometheus == "operator":
        yield custom(owner, "PodMonitor", scrape.monitor(topology))
        yield custom(owner, "PrometheusRule", rules.document(topology))
    if topology.environment.grafana == "sidecar":
        for name, board in dashboards.dashboards(topology).items():
            made = common.config(
                owner, fit(f"dashboard-{name}", LABEL), {f"{name}.json": grafana.text(board)}
            )
            made.body["metadata"]["labels"][SIDECAR] = "1"
            yield made


def custom(owner: Owner, kind: str, spec: Body) -> Object:
    """An object of the operator's, under the system's name."""
    return owner.object({"apiVersion": COREOS, "kind": kind, "metadata": owner.metadata(), "spec": spec})
