"""Channels in code: one package sends by all of them or, told by its wiring, by one (row M3)."""

from collections.abc import Callable
from typing import Any

import pytest
from wireplan.rim.scaffolding import sources
from wireplan.skeletons.render import render
from wireplan.skeletons.system import system
from wireplan.skeletons.unrendered import unrendered
from wireplan.topology.types import Topology

Shop = Callable[..., Topology]


def telling(shop: Shop, split: bool) -> Topology:
    """A shop that tells people of their orders."""
    channels = {
        "email": {"topic": "mails", "through": "relay"},
        "sms": {"topic": "texts", "through": "gateway"},
    }
    services: dict[str, Any] = {
        "tell": {"database": "tell", "channels": channels, "split": split, "consumes": {"order.placed": {}}},
        "orders": {"serves": "shop.orders.v1.OrderService", "publishes": ["order.placed"]},
    }
    placed = {"message": "shop.events.v1.OrderPlaced"}
    return shop(
        services=services,
        topics={"order.placed": placed, "mails": placed, "texts": placed},
        databases={"main": {"databases": ["tell"]}},
        externals={
            "relay": {"kind": "smtp", "protocol": "smtp", "url": "smtp://mail.example"},
            "gateway": {"kind": "sms", "url": "https://sms.example"},
        },
    )


@pytest.mark.row("M3")
def test_the_switch_changes_no_line_of_the_handlers_and_none_of_the_wires(shop: Shop) -> None:
    """Of the pages and the like, which say what the topology says, some."""
    whole, split = (render(telling(shop, each), sources.templates()) for each in (False, True))
    assert whole.keys() == split.keys()
    for path, file in whole["tell"].items():
        if not path.endswith("README.md"):
            assert split["tell"][path].text == file.text, path


def test_each_way_is_a_function_that_a_person_writes(shop: Shop) -> None:
    files = render(telling(shop, split=True), sources.templates())["tell"]
    messages = files["tell/src/shop_tell/messages.py"]
    assert messages.yours
    assert "def email(event: events_pb2.OrderPlaced) -> Mail:" in messages.text
    assert "def sms(event: events_pb2.OrderPlaced) -> Sms:" in messages.text
    delivery = files["tell/src/shop_tell/delivery.py"]
    assert not delivery.yours
    assert 'app.send_by("email", events_pb2.OrderPlaced, messages.email)' in delivery.text
    assert "Mails" not in files["tell/src/shop_tell/handlers.py"].text, (
        "what is only sent has no handler to write"
    )


def test_who_sends_by_smtp_and_http_needs_what_speaks_them(shop: Shop) -> None:
    view = system(telling(shop, split=False), "protos")
    (tell,) = [each for each in view.services if each.name == "tell"]
    assert {each.split(">")[0] for each in tell.dependencies} >= {"aiosmtplib", "niquests[http3]"}
    (orders,) = [each for each in view.services if each.name == "orders"]
    assert not any("smtp" in each for each in orders.dependencies)


def test_what_channels_go_through_is_rendered(shop: Shop) -> None:
    assert not [each for each in unrendered(telling(shop, split=True)) if "P10" in each.what]
