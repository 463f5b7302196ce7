"""A small system and small templates."""

from collections.abc import Callable
from typing import Any

import pytest
from wireplan.model.system import System
from wireplan.topology.contracts import Schema
from wireplan.topology.resolve import resolve
from wireplan.topology.types import Contract, Idempotency, Method, Topology

FILE = "shop/orders/v1/orders.proto"
CREATE = Method(
    "CreateOrder",
    Idempotency.IDEMPOTENT,
    "shop.orders.v1.CreateOrderRequest",
    "shop.orders.v1.CreateOrderResponse",
)
SCHEMA = Schema(
    {"shop.orders.v1.OrderService": Contract("shop.orders.v1.OrderService", {"CreateOrder": CREATE}, FILE)},
    {"shop.events.v1.OrderPlaced": ("order_id",)},
)
SHOP: dict[str, Any] = {
    "system": "shop",
    "contracts": {"protos": "protos"},
    "services": {
        "front": {"kind": "gateway", "calls": {"orders": {"deadline": "1s"}}},
        "orders": {
            "serves": "shop.orders.v1.OrderService",
            "database": "orders",
            "publishes": ["order.placed"],
        },
        "mail": {"consumes": {"order.placed": {"group": "mail"}}},
    },
    "topics": {"order.placed": {"message": "shop.events.v1.OrderPlaced", "key": "order_id"}},
    "kafka": {"brokers": 3},
    "databases": {"main": {"databases": ["orders"]}},
}


@pytest.fixture
def shop() -> Callable[..., Topology]:
    """A function that makes a shop's topology, with parts replaced."""

    def make(**parts: Any) -> Topology:
        return resolve(System.model_validate({**SHOP, **parts}), SCHEMA)

    return make
