"""What the model says and nothing renders yet is said; what was never asked for is not."""

from collections.abc import Callable
from typing import Any

from wireplan.model.system import System
from wireplan.skeletons.unrendered import unrendered
from wireplan.topology.contracts import Schema
from wireplan.topology.resolve import resolve
from wireplan.topology.types import Contract, Idempotency, Method, Topology

from tests.skeletons.conftest import SCHEMA, SHOP

Shop = Callable[..., Topology]


def said(topology: Topology) -> str:
    """All sentences."""
    return "\n".join(each.what for each in unrendered(topology))


def test_a_system_that_asks_for_nothing_of_it_hears_nothing(shop: Shop) -> None:
    assert said(shop(services={"mail": {"consumes": {"order.placed": {"group": "mail"}}}})) == ""


def test_a_topic_without_a_message_has_no_handler(shop: Shop) -> None:
    services = {"mail": {"consumes": {"order.placed": {"group": "mail"}}}}
    text = said(shop(services=services, topics={"order.placed": {}}))
    assert "records of order.placed in mail" in text


def test_a_share_group_does_not_start(shop: Shop) -> None:
    services = {"mail": {"consumes": {"order.placed": {"membership": "share"}}}}
    assert "share group of mail on order.placed" in said(shop(services=services))


def test_a_contract_that_calls_none_of_its_methods_a_read_has_no_answer_in_place_of_one(shop: Shop) -> None:
    """Its only method writes, and an empty answer to that would say that it was done."""

    def services(fallback: str) -> dict[str, Any]:
        front = {"kind": "gateway", "calls": {"orders": {"deadline": "1s", "fallback": fallback}}}
        return {"front": front, "orders": {"serves": "shop.orders.v1.OrderService"}}

    assert "empty answers in place of orders's in front" in said(shop(services=services("empty")))
    assert "answers" not in said(shop(services=services("error")))
    method = Method("GetOrder", Idempotency.NO_SIDE_EFFECTS, "x.v1.A", "x.v1.B")
    name = "shop.orders.v1.OrderService"
    reading = Schema({name: Contract(name, {method.name: method})}, SCHEMA.messages)
    parts = {**SHOP, "services": services("empty"), "topics": {}, "databases": {}}
    assert "answers" not in said(resolve(System.model_validate(parts), reading))


def test_each_part_is_said_with_its_row(shop: Shop) -> None:
    services: dict[str, Any] = {
        "front": {
            "kind": "gateway",
            "calls": {"orders": {"deadline": "1s", "fallback": {"cache": "fast"}}},
            "rate_limit": {"rate": "20/s", "burst": 40, "store": "fast"},
            "oauth": [{"provider": "id"}],
            "externals": ["mail"],
            "secondary_features": ["hints"],
        },
        "orders": {"serves": "shop.orders.v1.OrderService", "tier": "secondary"},
    }
    text = said(
        shop(
            services=services,
            caches=["fast"],
            externals={
                "id": {"kind": "oidc", "protocol": "http3", "url": "https://id.example"},
                "mail": {"url": "https://mail.example"},
            },
        )
    )
    assert "F1.2" not in text, "the limit of what is served by HTTP is counted"
    assert "A9" not in text, "logins are rendered"
    for row in ("P10", "F1.6"):
        assert row in text, row


def test_a_limit_of_calls_by_grpc_is_nobodys_work_yet(shop: Shop) -> None:
    limit = {"rate": "20/s", "burst": 40, "store": "fast"}
    orders = {"serves": "shop.orders.v1.OrderService", "rate_limit": limit}
    text = said(shop(services={"orders": orders}, caches=["fast"]))
    assert "rate limit of orders, 20 a second per principal (row F1.2)" in text


def test_a_saga_needs_a_database_and_messages_for_its_records(shop: Shop) -> None:
    def sold(**owner: Any) -> Topology:
        seller = {
            "publishes": ["order.placed", "bare"],
            "consumes": {"bare": {}, "order.placed": {}},
            **owner,
        }
        placed = {"tell": {"send": "order.placed", "await": "order.placed", "undo": "topic order.placed"}}
        return shop(
            services={"seller": seller},
            topics={"order.placed": {"message": "shop.events.v1.OrderPlaced"}, "bare": {}},
            databases={"main": {"databases": ["seller"]}},
            sagas={
                "sell": {"owner": "seller", "steps": [placed]},
                "sell-bare": {"owner": "seller", "steps": [{"tell": {"send": "bare", "await": "bare"}}]},
            },
        )

    kept = said(sold(database="seller"))
    assert "saga sell (" not in kept
    assert "of saga sell " not in kept
    assert "the record of step tell of saga sell-bare to bare (row F3.4)" in kept
    assert "the record of bare that ends step tell of saga sell-bare (row F3.4)" in kept
    assert "saga sell (rows F3.4, F3.7)" in said(sold())


def test_what_the_brokers_do_not_take_is_kept_only_by_an_outbox(shop: Shop) -> None:
    def services(**more: Any) -> dict[str, Any]:
        return {"orders": {"serves": "shop.orders.v1.OrderService", "publishes": ["order.placed"], **more}}

    assert "publishes to order.placed without an outbox (rows F2.4, F2.6)" in said(shop(services=services()))
    kept = shop(services=services(database="orders"), databases={"main": {"databases": ["orders"]}})
    assert "F2.6" not in said(kept)


def test_who_could_send_by_a_channel_is_told_so(shop: Shop) -> None:
    externals = {
        kind: {"kind": kind, "url": f"https://{kind}.example"} for kind in ("smtp", "push", "sms", "http")
    }
    services = {f"by-{kind}": {"externals": [kind]} for kind in externals}
    found = {each.what: each.instead for each in unrendered(shop(services=services, externals=externals))}
    for kind, sends in (("smtp", "e-mail"), ("push", "push messages"), ("sms", "SMS")):
        instead = found[f"client of {kind} in by-{kind} (row P10)"]
        assert instead.endswith(f"channels would send {sends} (row M3)")
    assert "channels" not in found["client of http in by-http (row P10)"]


def test_a_call_by_http_and_a_record_that_nobody_acknowledges_are_not_what_is_rendered(shop: Shop) -> None:
    services = {
        "front": {"kind": "gateway", "calls": ["prices"]},
        "prices": {"kind": "http", "publishes": {"order.placed": {"acks": "none"}}},
    }
    found = {each.what: each.instead for each in unrendered(shop(services=services))}
    assert found["the call of front to prices"].startswith("it goes by HTTP")
    assert found["acks: none of prices on order.placed"] == "its producer waits for all replicas in sync"
