"""Network policies: everything is denied, and every allow has an edge of the topology."""

from collections.abc import Sequence
from typing import Any

from wireplan.manifests import traffic
from wireplan.manifests.flow import End
from wireplan.manifests.thing import Object
from wireplan.model.system import System
from wireplan.topology.resolve import resolve
from wireplan.topology.types import Topology

OWN_NEEDS = {"kafka", "kafka-strimzi", "certificates"}
"""With the Postgres clusters: members talk among themselves, with their operator and the API server; so does what signs certificates."""


def policies(everything: Sequence[Object]) -> dict[str, dict[str, Any]]:
    return {one.name: one.body["spec"] for one in everything if one.kind == "NetworkPolicy"}


def test_everything_is_denied_both_ways(everything: Sequence[Object]) -> None:
    deny = policies(everything)["default-deny"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_names_can_be_asked_for_by_all(everything: Sequence[Object]) -> None:
    dns = policies(everything)["allow-dns"]
    assert dns["podSelector"] == {}
    assert {(port["protocol"], port["port"]) for port in dns["egress"][0]["ports"]} == {
        ("UDP", 53),
        ("TCP", 53),
    }
    assert "ingress" not in dns


def test_every_workload_has_a_policy(everything: Sequence[Object]) -> None:
    selectors = [spec["podSelector"].get("matchLabels") for spec in policies(everything).values()]
    for one in everything:
        if one.kind in ("Deployment", "StatefulSet", "Job"):
            labels = one.body["spec"]["template"]["metadata"]["labels"]
            assert any(s and s.items() <= labels.items() for s in selectors), one.name


def test_every_allow_has_an_edge(everything: Sequence[Object], topology: Topology) -> None:
    """Each rule between pods is one flow; what has none is a part's own need, and of those there are few."""
    flows = list(traffic.flows(topology))
    own = OWN_NEEDS | {cluster.resource for cluster in topology.databases.values()}
    into = {(peer(f.target), peer(f.source), port.number) for f in flows for port in f.ports}
    for name, spec in policies(everything).items():
        if name in own or name in ("default-deny", "allow-dns"):
            continue
        me = frozenset(spec["podSelector"]["matchLabels"].items())
        for rule in spec.get("ingress", []):
            for source in rule.get("from") or [{}]:
                if "namespaceSelector" in source:
                    assert source["namespaceSelector"] == {"matchLabels": {"wireplan.dev/scrapes": "true"}}
                    continue
                other = frozenset(source["podSelector"]["matchLabels"].items()) if source else None
                assert all((me, other, port["port"]) in into for port in rule["ports"]), (name, rule)
        for rule in spec.get("egress", []):
            for target in rule["to"]:
                other = (
                    frozenset(target["podSelector"]["matchLabels"].items())
                    if "podSelector" in target
                    else None
                )
                assert all((other, me, port["port"]) in into for port in rule["ports"]), (name, rule)


def test_every_edge_is_allowed_at_both_ends(everything: Sequence[Object], topology: Topology) -> None:
    specs = policies(everything).values()
    for flow in traffic.flows(topology):
        for port in flow.ports:
            wanted = {"protocol": port.protocol, "port": port.number}
            if flow.source.pods is not None:
                assert opened(specs, flow.source.pods, "egress", "to", flow.target.pods, wanted), flow.edge
            if flow.target.pods is not None:
                assert opened(specs, flow.target.pods, "ingress", "from", flow.source.pods, wanted), flow.edge


def test_nobody_else_may_talk_to_the_database(topology: Topology, everything: Sequence[Object]) -> None:
    users = {s.name for s in topology.services.values() if s.database}
    spec = policies(everything)["pg-main"]
    let_in = {
        source["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
        for rule in spec["ingress"] for source in rule["from"]
        if "app.kubernetes.io/name" in source["podSelector"]["matchLabels"] and "namespaceSelector" not in source
    }  # fmt: skip
    assert let_in == users
    assert "gateway" not in let_in


def peer(end: End) -> frozenset[tuple[str, str]] | None:
    return None if end.pods is None else frozenset(end.pods.items())


def opened(specs: Any, me: Any, way: str, word: str, other: Any, port: dict[str, Any]) -> bool:
    for spec in specs:
        selector = spec["podSelector"].get("matchLabels")
        if not selector or not selector.items() <= me.items():
            continue
        for rule in spec.get(way, []):
            if port in rule["ports"] and meets(rule.get(word), other):
                return True
    return False


def meets(peers: Any, other: Any) -> bool:
    if other is None:
        return not peers or any("ipBlock" in one for one in peers)
    return any(
        "podSelector" in one and one["podSelector"]["matchLabels"].items() <= other.items()
        for one in peers or []
    )


def test_a_call_by_http_may_reach_the_port_for_http_alone() -> None:
    services = {
        "both": {"serves": "x.v1.A", "serves_http": "http1"},
        "g": {"calls": {"both": {"protocol": "http"}}},
    }
    topology = resolve(System.model_validate({"system": "s", "services": services}))
    found = {flow.edge: [port.number for port in flow.ports] for flow in traffic.flows(topology)}
    assert found == {"g calls both": [8080]}
