"""What watches a system is made in the cluster where the environment says so, and nowhere else; and traces find their way out."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from wireplan.manifests.objects import objects
from wireplan.manifests.thing import Object
from wireplan.monitoring import dashboards, rules
from wireplan.topology.types import Topology
from wireplan.topology.wiring import wiring

from tests.manifests.conftest import images
from tests.monitoring.conftest import shop

COLLECTOR = "http://collector.watch.svc.cluster.local:4318"


def made(topology: Topology) -> tuple[Object, ...]:
    """All objects of a system."""
    return objects(topology, images(topology))


def watching(topology: Topology) -> list[Object]:
    """Those that watch it."""
    return [one for one in made(topology) if one.component[0] == "monitoring"]


def egress(topology: Topology, service: str) -> list[Mapping[str, Any]]:
    """What a service's pods may connect to."""
    (policy,) = (one for one in made(topology) if one.kind == "NetworkPolicy" and one.name == service)
    return list(policy.body["spec"].get("egress", []))


def test_nothing_is_made_unless_said() -> None:
    assert watching(shop()) == []


def test_the_operator_gets_the_alerts_and_what_to_scrape() -> None:
    topology = shop(environment={"prometheus": "operator"})
    monitor, rule = watching(topology)
    assert [monitor.kind, rule.kind] == ["PodMonitor", "PrometheusRule"]
    assert rule.body["spec"] == rules.document(topology)
    assert monitor.body["metadata"]["namespace"] == "shop"


def test_what_is_scraped_is_what_the_pods_have() -> None:
    """The selector, the port and the label that becomes `service` are those of every pod that has a port `ops`."""
    topology = shop(environment={"prometheus": "operator"})
    monitor, _ = watching(topology)
    (endpoint,) = monitor.body["spec"]["podMetricsEndpoints"]
    assert endpoint["relabelings"] == [
        {"sourceLabels": ["__meta_kubernetes_pod_label_app_kubernetes_io_name"], "targetLabel": "service"}
    ]
    scraped: set[str] = set()
    for one in made(topology):
        if one.kind not in {"Deployment", "StatefulSet"}:
            continue
        template = one.body["spec"]["template"]
        ports = {port["name"] for c in template["spec"]["containers"] for port in c.get("ports", [])}
        if endpoint["port"] in ports:
            labels = template["metadata"]["labels"]
            assert monitor.body["spec"]["selector"]["matchLabels"].items() <= labels.items()
            scraped.add(labels["app.kubernetes.io/name"])
    assert scraped == {*topology.services, "edge-public"}
    watched = {r["labels"]["service"] for g in rules.groups(topology) for r in g["rules"] if "alert" in r}
    assert watched <= scraped, "an alert of what nobody scrapes never fires"


def test_the_sidecar_gets_a_dashboard_in_a_config_map() -> None:
    topology = shop(environment={"grafana": "sidecar"})
    found = watching(topology)
    boards = dashboards.dashboards(topology)
    assert {one.kind for one in found} == {"ConfigMap"}
    assert {one.name for one in found} == {f"dashboard-{name}" for name in boards}
    for one in found:
        assert one.body["metadata"]["labels"]["grafana_dashboard"] == "1"
        ((name, text),) = one.body["data"].items()
        assert json.loads(text) == boards[name.removesuffix(".json")]
        assert len(text) < 1024 * 1024, "a ConfigMap holds no more"


@pytest.mark.parametrize(
    ("url", "port", "namespace"),
    [
        (COLLECTOR, 4318, "watch"),
        ("https://otel.example", 443, None),
        ("http://otel.example:4318/", 4318, None),
    ],
)
def test_traces_may_leave_for_the_collector_and_for_nothing_else(
    url: str, port: int, namespace: str | None
) -> None:
    before, after = egress(shop(), "tips"), egress(shop(environment={"collector": url}), "tips")
    (more,) = (rule for rule in after if rule not in before)
    assert more["ports"] == [{"protocol": "TCP", "port": port}]
    inside = [to["namespaceSelector"]["matchLabels"] for to in more["to"] if "namespaceSelector" in to]
    assert inside == ([{"kubernetes.io/metadata.name": namespace}] if namespace else [])


def test_services_are_told_where_traces_go_and_how_many() -> None:
    assert wiring(shop(), "web")["telemetry"] == {"otlp_endpoint": None, "sample_ratio": 1.0}
    told = wiring(shop(environment={"collector": COLLECTOR + "/", "sample": "10%"}), "web")["telemetry"]
    assert told == {"otlp_endpoint": COLLECTOR, "sample_ratio": 0.1}
