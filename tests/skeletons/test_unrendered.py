"""What the model says and nothing renders yet is said; what was never asked for is not."""

from collections.abc import Callable
from typing import Any

from wireplan.skeletons.unrendered import unrendered
from wireplan.topology.types import Topology

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


def test_an_empty_answer_is_nobodys_work_yet_and_an_error_comes_by_itself(shop: Shop) -> None:
    def system(fallback: str) -> Topology:
        call = {"deadline": "1s", "fallback": fallback}
        front = {"kind": "gateway", "calls": {"orders": call}}
        return shop(services={"front": front, "orders": {"serves": "shop.orders.v1.OrderService"}})

    assert "empty answers in place of orders's in front" in said(system("empty"))
    assert "answers" not in said(system("error"))


def test_each_part_is_said_with_its_row(shop: Shop) -> None:
    services: dict[str, Any] = {
        "front": {
            "kind": "gateway",
            "graphql": True,
            "calls": {"orders": {"deadline": "1s", "fallback": {"cache": "fast"}}},
            "rate_limit": {"rate": "20/s", "burst": 40, "store": "fast"},
            "oauth": [{"provider": "id"}],
            "externals": ["id"],
            "secondary_features": ["hints"],
        },
        "orders": {"serves": "shop.orders.v1.OrderService", "tier": "secondary"},
    }
    text = said(
        shop(
            services=services,
            caches=["fast"],
            externals={"id": {"kind": "oidc", "protocol": "http3", "url": "https://id.example"}},
        )
    )
    for row in ("P4", "F1.2", "A9", "P10", "F1.6", "F1.7", "F1.4"):
        assert row in text, row


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


def test_each_split_sender_is_named_by_what_it_sends(shop: Shop) -> None:
    externals = {
        kind: {"kind": kind, "url": f"https://{kind}.example"} for kind in ("smtp", "push", "sms", "http")
    }
    services = {f"by-{kind}": {"externals": [kind]} for kind in externals}
    text = said(shop(services=services, externals=externals))
    assert text.count("(rows M3, P10)") == 3
    for words in (
        "sending e-mail by smtp",
        "sending push messages by push",
        "sending SMS by sms",
        "client of http in by-http",
    ):
        assert words in text


def test_a_call_by_http_and_a_record_that_nobody_acknowledges_are_not_what_is_rendered(shop: Shop) -> None:
    services = {
        "front": {"kind": "gateway", "calls": ["prices"]},
        "prices": {"kind": "http", "publishes": {"order.placed": {"acks": "none"}}},
    }
    found = {each.what: each.instead for each in unrendered(shop(services=services))}
    assert found["the call of front to prices"].startswith("it goes by HTTP")
    assert found["acks: none of prices on order.placed"] == "its producer waits for all replicas in sync"
