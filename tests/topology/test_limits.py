"""Limits on requests: what follows from what was written, and what a pod is told (spec row F1.2)."""

from typing import Any

import pytest
from wireplan.topology.types import Limit, OriginKind, Topology
from wireplan.topology.wiring import wiring

from tests.topology.conftest import system

pytestmark = pytest.mark.row("F1.2")
WRITTEN: dict[str, Any] = {"rate": "20/s", "burst": 40, "store": "fast"}


def gateway(limit: dict[str, Any], **more: Any) -> Topology:
    """A gateway with a limit."""
    front = {"kind": "gateway", "rate_limit": limit, **more.pop("front", {})}
    return system(services={"front": front}, caches=["fast"], **more)


def told(topology: Topology) -> dict[str, Any]:
    """What its pods are told."""
    return wiring(topology, "front")["rate_limit"]


def test_an_address_is_many_people_unless_somebody_says_how_many() -> None:
    found = gateway(WRITTEN).services["front"].rate_limit
    assert found is not None
    assert found.anonymous == Limit("address", 200.0, 400)
    said = gateway({**WRITTEN, "anonymous": {"rate": "3/s", "burst": 7}})
    assert told(said)["anonymous"] == {"per": "address", "rate": 3.0, "burst": 7}


@pytest.mark.parametrize("per", ["address", "route"])
def test_where_everybody_is_counted_alike_nobody_is_anonymous(per: str) -> None:
    assert "anonymous" not in told(gateway({**WRITTEN, "per": per}))


def test_routes_have_limits_of_their_own() -> None:
    routes = {
        "POST /v1/login": {"per": "address", "rate": "1/s", "burst": 2},
        "GET /": {"rate": "5/s", "burst": 9},
    }
    assert told(gateway({**WRITTEN, "routes": routes}))["routes"] == {
        "POST /v1/login": {"per": "address", "rate": 1.0, "burst": 2},
        "GET /": {"per": "principal", "rate": 5.0, "burst": 9},
    }
    assert "routes" not in told(gateway(WRITTEN))


@pytest.mark.parametrize(("replicas", "pods"), [(3, 3), ("2..10", 2)])
def test_pods_that_surely_run_share_a_limit_while_its_store_is_away(replicas: object, pods: int) -> None:
    """Divided by the most there may be, it would refuse those who keep to it whenever fewer run."""
    assert told(gateway(WRITTEN, front={"replicas": replicas}))["pods"] == pods


def test_only_an_edge_is_believed_where_clients_come_from() -> None:
    edge = {"kind": "load-balancer", "host": "x.example", "routes": [{"path": "/", "to": "front"}]}
    assert told(gateway(WRITTEN))["forwarded"] is False
    assert told(gateway(WRITTEN, edges={"public": edge}))["forwarded"] is True


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("per", "who asks too much slows down nobody else"),
        ("anonymous.per", "whoever is not known is counted by address"),
        ("anonymous.rate", "10 x 20/s: an address is many people"),
        ("anonymous.burst", "10 x 40: an address is many people"),
        ("routes.GET /.per", "who asks too much slows down nobody else"),
    ],
)
def test_what_was_not_written_says_why_it_is_so(path: str, reason: str) -> None:
    topology = gateway({**WRITTEN, "routes": {"GET /": {"rate": "1/s", "burst": 1}}})
    origin = topology.origin("services", "front", "rate_limit", *path.split("."))
    assert (origin.kind, origin.reason) == (OriginKind.DERIVED, reason)
