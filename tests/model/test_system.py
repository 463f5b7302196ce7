"""A system in Python: the same model, the same Topology (spec row U1)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from wireplan import model
from wireplan.load.document import Document
from wireplan.load.read import load
from wireplan.model import (
    Call,
    Consumption,
    Database,
    DatabaseCluster,
    Duration,
    Edge,
    Handler,
    Replicas,
    Route,
    Service,
    System,
    Topic,
)
from wireplan.topology.resolve import resolve
from wireplan.topology.types import OriginKind, Topology

YAML = b"""
system: shop
edges: {public: {host: shop.example, routes: [{path: /, to: front}]}}
services:
  front: {kind: gateway, calls: {orders: {deadline: 800ms}}, replicas: 3}
  orders: {serves: shop.orders.v1.OrderService, database: orders, publishes: [order.placed]}
  mail: {consumes: {order.placed: {handler: 20s}}, replicas: 2..4}
topics: {order.placed: {pattern: point-to-point, message: shop.events.v1.OrderPlaced, key: order_id}}
databases: {main: {databases: [orders]}}
"""


def built() -> System:
    """The same system in Python."""
    return System(
        system="shop",
        edges={"public": Edge(host="shop.example", routes=[Route(path="/", to="front")])},
        services={
            "front": Service(
                kind="gateway",
                calls={"orders": Call(deadline=Duration("800ms"))},
                replicas=Replicas(min=3, max=3),
            ),
            "orders": Service(
                serves=["shop.orders.v1.OrderService"],
                database=Database(name="orders"),
                publishes={"order.placed": model.Publication()},
            ),
            "mail": Service(
                consumes={"order.placed": Consumption(handler=Handler(timeout=Duration("20s")))},
                replicas=Replicas(min=2, max=4),
            ),
        },
        topics={
            "order.placed": Topic(
                pattern="point-to-point", message="shop.events.v1.OrderPlaced", key="order_id"
            )
        },
        databases={"main": DatabaseCluster(databases=["orders"])},
    )


def without_origins(topology: Topology) -> Topology:
    """What of two topologies must be equal, wherever they were written."""
    return replace(topology, origins={}, file="")


@pytest.mark.row("U1")
def test_yaml_and_python_give_the_same_topology() -> None:
    loaded = load(lambda _: YAML, "topology.yaml")
    assert loaded.findings == ()
    assert loaded.system is not None
    from_yaml = resolve(loaded.system, positions=loaded.document)
    assert without_origins(from_yaml) == without_origins(resolve(built()))


def test_a_system_in_python_knows_what_was_given() -> None:
    topology = resolve(built())
    assert topology.origin("services", "front", "calls", "orders", "deadline").kind is OriginKind.WRITTEN
    assert (
        topology.origin("services", "front", "calls", "orders", "breaker", "window").kind
        is OriginKind.DEFAULT
    )
    assert topology.origin("topics", "order.placed", "partitions").kind is OriginKind.DERIVED


def test_short_forms_work_in_python_too() -> None:
    """`validate` takes what the file takes; the typed way is the long form."""
    assert System.model_validate({"system": "s", "services": ["a", "b"]}).services == {
        "a": Service(),
        "b": Service(),
    }


@pytest.mark.parametrize(
    "service",
    [
        {"critical": True},
        {"replicas": "3"},
        {"graphql": "yes"},
        {"replicas": {"min": 4, "max": 2}},
        {"kind": "worker", "serves": "a.B"},
        {"reads_from_replicas": ["Get"]},
    ],
)
def test_nothing_is_guessed(service: dict[str, object]) -> None:
    """Unknown keys, texts for numbers or truths, and ranges from high to low are refused."""
    with pytest.raises(ValidationError):
        System.model_validate({"system": "s", "services": {"a": service}})


def test_public_names_are_there() -> None:
    assert all(getattr(model, name) for name in model.__all__)
    with pytest.raises(AttributeError):
        _ = model.Nothing


def test_a_document_of_nothing_finds_nothing() -> None:
    document = Document("f", {}, None, {})
    assert document.find(("services",)) is None
    assert str(document.nearest(("services", "a"))) == "f:1:1"


def test_models_are_of_one_file_each() -> None:
    """The lazy door of the room names every module that holds public models."""
    folder = Path(model.__file__).parent
    assert {f"{home}.py" for home in model.HOMES} <= {p.name for p in folder.glob("*.py")}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"part": "services.a", "how": "freeze"}, "what is frozen needs lasts"),
        ({"part": "services.a", "how": "kill", "lasts": "5s"}, "leave out lasts"),
        ({"part": "services.a", "how": "kill", "which": "leader"}, "only kafka and databases"),
        ({"part": "the cluster", "how": "kill"}, "should match pattern"),
    ],
)
def test_what_a_drill_breaks_is_said_in_one_way(fields: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        model.Break.model_validate(fields)


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ({"split": True}, "split is for a service with channels"),
        ({"channels": {"email": {"topic": "t", "through": "m"}}}, "channels need a database"),
    ],
)
def test_channels_and_their_switch_need_what_they_stand_on(service: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        System.model_validate({"system": "s", "services": {"a": service}})


@pytest.mark.parametrize(
    ("external", "said"),
    [
        ({"url": "https://x.example", "tls": "none"}, "tls is for protocol smtp"),
        ({"url": "https://x.example", "auth": "password"}, "smtp asks for a password"),
        ({"url": "smtp://x.example", "protocol": "smtp", "kind": "smtp", "auth": "token"}, "smtp asks for a password"),
        ({"url": "https://x.example", "provider": "builtin"}, "of others none is brought"),
    ],
)  # fmt: skip
def test_a_relay_and_a_gateway_are_spoken_to_as_each_is(external: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        System.model_validate({"system": "s", "services": {}, "externals": {"x": external}})
