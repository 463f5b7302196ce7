"""The code of a saga's owner: typed where contracts are known, by hand where they are not."""

from collections.abc import Callable
from typing import Any

import pytest
from wireplan.skeletons.system import system
from wireplan.skeletons.views import ServiceView
from wireplan.topology import steps as named
from wireplan.topology.types import Topology

Shop = Callable[..., Topology]
PLACED = "events_pb2.OrderPlaced"


def seller(shop: Shop, *steps: dict[str, Any], **more: Any) -> ServiceView:
    """A service that orchestrates these steps."""
    own = {
        "database": "seller",
        "calls": ["orders", "bare"],
        "publishes": ["order.placed"],
        "consumes": {"order.placed": {"group": "seller"}},
        **more,
    }
    services = {
        "seller": {key: value for key, value in own.items() if value},
        "orders": {"serves": "shop.orders.v1.OrderService"},
        "bare": {"serves": "shop.bare.v1.BareService"},
    }
    topology = shop(
        services=services,
        databases={"main": {"databases": ["seller"]}},
        sagas={"sell-it": {"owner": "seller", "steps": list(steps)}},
    )
    return next(service for service in system(topology, "protos").services if service.name == "seller")


def functions(service: ServiceView) -> dict[str, tuple[str, tuple[str, ...], str]]:
    """What a person writes: how each function begins, what it takes and what it gives."""
    (saga,) = service.sagas
    return {each.name: (each.word, each.parameters, each.returns) for each in saga.functions}


AT = "at: Progress[SellItState]"


@pytest.mark.row("F3.4")
def test_a_call_is_typed_by_its_contract(shop: Shop) -> None:
    found = seller(shop, {"order": {"call": "orders.CreateOrder", "undo": "orders.CreateOrder"}})
    assert functions(found) == {
        "order": ("def", (AT,), "orders_pb2.CreateOrderRequest"),
        "order_done": ("def", (AT, "answer: orders_pb2.CreateOrderResponse"), "SellItState"),
        "order_undo": ("def", (AT,), "orders_pb2.CreateOrderRequest"),
    }
    (step,) = found.sagas[0].steps
    assert [line.strip() for line in step.lines] == [
        "action=Call.to(", "sell_it_saga.order,", "parts.orders.CreateOrder,", "sell_it_saga.order_done,", "),",
        "undo=Call.to(", "sell_it_saga.order_undo,", "parts.orders.CreateOrder,", "),",
    ]  # fmt: skip


def test_a_record_is_typed_by_its_topic(shop: Shop) -> None:
    placed = {"send": "order.placed", "await": "order.placed", "undo": "topic order.placed"}
    found = seller(shop, {"tell": placed})
    assert functions(found) == {
        "tell": ("def", (AT,), PLACED),
        "tell_undo": ("def", (AT,), PLACED),
        "tell_key": ("def", (f"message: {PLACED}",), "str | None"),
        "tell_answered": ("def", (AT, f"message: {PLACED}"), "SellItState"),
    }
    assert found.sagas[0].kinds == ("Answer", "Saga", "Send", "Step")


def test_what_the_owner_does_itself_gets_the_transaction(shop: Shop) -> None:
    own = {"serves": "shop.seller.v1.SellerService"}
    found = seller(shop, {"open": {"undo": "seller.Close"}}, {"book": {"call": "seller.Book"}}, **own)
    taken = (AT, "connection: Connection")
    assert functions(found) == {
        "open_undo": ("async def", taken, "None"),
        "book": ("async def", taken, "SellItState"),
    }


def test_a_callee_without_a_contract_is_called_by_hand(shop: Shop) -> None:
    found = seller(shop, {"ask": {"call": "bare.Ask", "undo": "bare.Forget"}})
    assert functions(found) == {
        "ask": ("async def", (AT,), "SellItState"),
        "ask_undo": ("async def", (AT,), "None"),
    }
    assert found.sagas[0].kinds == ("Call", "Saga", "Step")


def test_the_sagas_have_a_record_before_its_topics_own_handler(shop: Shop) -> None:
    """Only where a saga waits for it."""
    waits = seller(shop, {"tell": {"send": "order.placed", "await": "order.placed"}})
    does_not = seller(shop, {"tell": {"send": "order.placed"}})
    assert waits.consumes[0].callbacks[0] == 'app.sagas().answering("order.placed", order_placed.handle)'
    assert does_not.consumes[0].callbacks[0] == "order_placed.handle"


def test_an_owner_that_cannot_remember_has_no_code_of_sagas(shop: Shop) -> None:
    found = seller(shop, {"tell": {"send": "order.placed", "await": "order.placed"}}, database=None)
    assert found.sagas == ()
    assert "sagas" not in found.has | {part.name for part in found.parts}
    assert found.consumes[0].callbacks[0] == "order_placed.handle"


STEPS: list[dict[str, Any]] = [
    {"name": "open", "undo": "seller.Close"},
    {"name": "take-order", "call": "orders.CreateOrder", "undo": "orders.CancelOrder"},
    {"name": "by-hand", "call": "bare.Do", "undo": "bare.Undo"},
    {"name": "class", "send": "order.placed", "await": "order.placed", "undo": "topic order.placed"},
    {"name": "own", "call": "seller.Confirm", "pivot": True},
]


@pytest.mark.parametrize("step", STEPS, ids=lambda each: each["name"])
def test_the_functions_that_are_rendered_are_those_that_the_rules_look_at(
    step: dict[str, Any], shop: Shop
) -> None:
    """Else two steps could meet in the code, and SAG006 would not see it."""
    found = seller(shop, step, serves="shop.seller.v1.SellerService")
    topology = shop(
        services={
            "seller": {"serves": "shop.seller.v1.SellerService", "database": "seller", "calls": ["orders", "bare"], "publishes": ["order.placed"], "consumes": ["order.placed"]},
            "orders": {"serves": "shop.orders.v1.OrderService"}, "bare": {"serves": "shop.bare.v1.BareService"},
        },
        databases={"main": {"databases": ["seller"]}},
        sagas={"sell-it": {"owner": "seller", "steps": [step]}},
    )  # fmt: skip
    (saga,) = topology.sagas.values()
    assert set(named.functions(topology, saga, saga.steps[0])) == set(functions(found))
