"""Addresses of load balancers: given once, kept, never given twice."""

from typing import Any

import pytest
from wireplan.rim.cluster.agent import balancer
from wireplan.rim.cluster.agent.__main__ import ways
from wireplan.rim.cluster.agent.balancer import Balancer
from wireplan.rim.cluster.agent.forward import Way, unique
from wireplan.rim.cluster.api import RefusedError
from wireplan.rim.cluster.layout import BALANCER_ADDRESSES, Layout


def service(
    name: str,
    address: str = "",
    *,
    kind: str = "LoadBalancer",
    made: str = "2026-01-01T00:00:00Z",
    **spec: Any,
) -> dict[str, Any]:
    ports = [{"port": 8443, "protocol": "TCP"}, {"port": 8443, "protocol": "UDP"}]
    status = {"loadBalancer": {"ingress": [{"ip": address}]}} if address else {}
    meta = {"name": name, "namespace": "tube", "uid": name, "creationTimestamp": made}
    return {"metadata": meta, "spec": {"type": kind, "ports": ports, **spec}, "status": status}


def node(name: str, ready: str = "True") -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def given(*services: dict[str, Any]) -> dict[str, str]:
    return {one.name: str(one.address) for one in balancer.assign(services)}


def test_the_first_free_address_is_given_to_who_came_first() -> None:
    late = service("a", made="2026-01-02T00:00:00Z")
    assert given(late, service("b")) == {"b": "10.99.0.200", "a": "10.99.0.201"}


def test_an_address_once_given_is_kept() -> None:
    assert given(service("new"), service("old", "10.99.0.200")) == {
        "new": "10.99.0.201",
        "old": "10.99.0.200",
    }


def test_two_with_one_address_are_parted() -> None:
    found = given(
        service("first", "10.99.0.205"), service("second", "10.99.0.205", made="2026-01-02T00:00:00Z")
    )
    assert found == {"first": "10.99.0.205", "second": "10.99.0.200"}


@pytest.mark.parametrize("address", ["192.0.2.7", "not an address", "10.99.0.11"])
def test_an_address_that_is_not_ours_to_give_is_replaced(address: str) -> None:
    assert given(service("edge", address)) == {"edge": "10.99.0.200"}


def test_other_kinds_of_service_and_other_balancers_get_nothing() -> None:
    leaving = service("leaving")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert (
        given(
            service("plain", kind="ClusterIP"), service("theirs", loadBalancerClass="example.com/lb"), leaving
        )
        == {}
    )


def test_when_all_addresses_are_taken_the_last_one_waits() -> None:
    services = [
        service(f"s{n:02}", made=f"2026-01-01T00:00:{n:02}Z") for n in range(len(BALANCER_ADDRESSES) + 1)
    ]
    assert len(given(*services)) == len(BALANCER_ADDRESSES)


def test_traffic_enters_by_a_node_that_is_ready(layout: Layout) -> None:
    entrance = balancer.gateway([node("node-1", "False"), node("node-2"), node("node-3")], layout)
    assert entrance is not None
    assert entrance.name == "node-2"
    assert balancer.gateway([node("node-1", "Unknown")], layout) is None


def test_every_port_of_a_balancer_is_forwarded_for_both_protocols() -> None:
    assert ways(balancer.assign([service("edge")])) == [
        Way("TCP", 8443, "10.99.0.200"),
        Way("UDP", 8443, "10.99.0.200"),
    ]


def test_of_two_balancers_with_one_port_the_lower_address_keeps_it() -> None:
    assert unique(
        [Way("TCP", 443, "10.99.0.210"), Way("TCP", 443, "10.99.0.209"), Way("UDP", 443, "10.99.0.210")]
    ) == [
        Way("TCP", 443, "10.99.0.209"),
        Way("UDP", 443, "10.99.0.210"),
    ]


class Recorded:
    """An API that holds objects and notes what is changed."""

    def __init__(self, **items: list[dict[str, Any]]) -> None:
        self.held = {"/api/v1/services": items.get("services", []), "/api/v1/nodes": items.get("nodes", [])}
        self.changed: list[tuple[str, dict[str, Any]]] = []
        self.refuse = False

    def items(self, path: str) -> list[dict[str, Any]]:
        return self.held[path]

    def merge(self, path: str, change: dict[str, Any]) -> None:
        if self.refuse:
            raise RefusedError(404, "it is gone")
        self.changed.append((path, change))


@pytest.fixture
def routed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    commands: list[str] = []
    monkeypatch.setattr(
        "wireplan.rim.process.output", lambda words, **_: commands.append(" ".join(words)) or ""
    )
    return commands


def acting(api: Recorded, layout: Layout) -> Balancer:
    return Balancer(api, layout)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_the_host_reaches_balancers_and_services_by_the_entrance(layout: Layout, routed: list[str]) -> None:
    acting(Recorded(services=[service("edge")], nodes=[node("node-1")]), layout).reconcile()
    assert routed == [
        "ip route replace 10.99.0.200 via 10.99.0.11 dev wp-local0",
        "ip route replace 10.97.0.0/16 via 10.99.0.11 dev wp-local0",
    ]


def test_when_the_entrance_dies_the_routes_move_and_come_back_only_when_needed(
    layout: Layout, routed: list[str]
) -> None:
    api = Recorded(services=[service("edge", "10.99.0.200")], nodes=[node("node-1"), node("node-2")])
    acts = acting(api, layout)
    acts.reconcile()
    routed.clear()
    acts.reconcile()
    assert routed == []
    api.held["/api/v1/nodes"] = [node("node-1", "Unknown"), node("node-2")]
    acts.reconcile()
    assert all("via 10.99.0.12" in command for command in routed)


def test_the_route_of_a_balancer_that_is_gone_is_removed(layout: Layout, routed: list[str]) -> None:
    api = Recorded(services=[service("edge", "10.99.0.200")], nodes=[node("node-1")])
    acts = acting(api, layout)
    acts.reconcile()
    api.held["/api/v1/services"] = []
    routed.clear()
    acts.reconcile()
    assert routed == ["ip route delete 10.99.0.200 dev wp-local0"]


def test_a_service_that_vanished_meanwhile_stops_nothing(layout: Layout, routed: list[str]) -> None:
    api = Recorded(services=[service("edge")], nodes=[])
    api.refuse = True
    assert len(acting(api, layout).reconcile()) == 1


def test_tools_find_each_nodes_pod_range_in_its_object(layout: Layout, routed: list[str]) -> None:
    api = Recorded(nodes=[node("node-2")])
    acting(api, layout).reconcile()
    assert api.changed == [
        ("/api/v1/nodes/node-2", {"spec": {"podCIDR": "10.98.2.0/24", "podCIDRs": ["10.98.2.0/24"]}})
    ]
