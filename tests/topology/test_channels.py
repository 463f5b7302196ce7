"""Channels: what they stand for, and the one switch that makes each a service of its own (row M3)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.model.splitting import spread
from wireplan.topology import events
from wireplan.topology.needs import needs
from wireplan.topology.types import Topology
from wireplan.topology.wiring import wiring

from tests.topology.conftest import system

WAYS = {"email": "mail", "push": "pushes", "sms": "texts"}


def shop(split: bool | None = None, ways: Any = tuple(WAYS), **tell: Any) -> Topology:
    """A system with channels."""
    channels = {way: {"topic": f"due.{way}", "through": WAYS[way]} for way in ways}
    return system(
        edges={"public": {"host": "shop.example", "routes": [{"path": "/", "to": "web"}]}},
        services={
            "web": {"kind": "gateway", "calls": {"tell": {"deadline": "400ms"}}},
            "tell": {
                "serves": "x.v1.Tell",
                "database": "tell",
                "channels": channels,
                **({} if split is None else {"split": split}),
                **tell,
            },
        },
        topics={f"due.{way}": {"pattern": "point-to-point", "message": "x.v1.Due"} for way in WAYS},
        databases={"main": {"databases": ["tell"]}},
        externals={
            "mail": {"kind": "smtp", "protocol": "smtp", "url": "smtp://mail.example", "auth": "password"},
            "pushes": {"kind": "push", "url": "https://push.example", "auth": "token"},
            "texts": {"kind": "sms", "url": "https://sms.example"},
        },
    )


@pytest.mark.row("M3")
@given(split=st.booleans(), ways=st.lists(st.sampled_from(list(WAYS)), min_size=1, unique=True))
def test_each_channel_has_one_reader_whatever_the_switch_says(split: bool, ways: list[str]) -> None:
    """With the same group, topic and system: nothing is lost or read anew when it is turned."""
    made = shop(split, ways)
    for way in ways:
        readers = [
            (name, s.consumes[f"due.{way}"])
            for name, s in made.services.items()
            if f"due.{way}" in s.consumes
        ]
        ((name, group),) = readers
        assert name == (f"tell-{way}" if split else "tell")
        assert group.group == f"tell-{way}"
        assert group.inbox
        assert group.dead_letter == f"due.{way}.tell-{way}.dlt"
        assert WAYS[way] in made.services[name].externals
        assert f"due.{way}" in made.services["tell"].publishes


def test_a_part_has_its_wholes_code_and_manners_and_a_database_of_its_own() -> None:
    made = shop(split=True, resources={"memory": "90Mi"}, tier="secondary", replicas=2)
    whole, part = made.services["tell"], made.services["tell-sms"]
    assert (part.part_of, part.module, part.kind.value) == ("tell", whole.module, "worker")
    assert (part.resources, part.tier, part.replicas.min) == (whole.resources, whole.tier, whole.replicas.min)
    assert (part.serves, part.publishes, part.calls) == ((), {}, {})
    assert part.database
    assert part.database.name == "tell_sms"
    assert made.databases["main"].databases == {
        "tell": "tell", "tell_email": "tell-email", "tell_push": "tell-push", "tell_sms": "tell-sms",
    }  # fmt: skip
    assert whole.channels == {}
    assert whole.externals == ()


def test_what_is_said_of_a_group_goes_where_the_group_goes() -> None:
    own = {"consumes": {"due.sms": {"attempts": 7, "group": "texters"}}}
    for split, name in ((False, "tell"), (True, "tell-sms")):
        made = shop(split, **own)
        assert made.services[name].consumes["due.sms"].attempts == 7
        assert made.services[name].consumes["due.sms"].group == "texters"


def test_a_part_is_told_what_it_is_and_nothing_else() -> None:
    told = wiring(shop(split=True), "tell-email")
    assert told["part_of"] == "tell"
    assert told["channels"] == {
        "email": {"topic": "due.email", "through": "mail", "sender": "no-reply@shop.example"}
    }
    mail = told["externals"]["mail"]
    assert (mail["tls"], mail["user"]) == ("starttls", "s")
    assert mail["auth_file"] == "/etc/wireplan/secrets/auth-mail/password"
    assert list(told["externals"]) == ["mail"]
    assert "publishes" not in told
    assert "part_of" not in wiring(shop(), "tell")


def test_a_request_waits_for_no_relay() -> None:
    """Only the group does: a relay may take longer than a caller of the service waits."""
    made = shop(split=False)
    assert made.externals["mail"].timeout == 5.0
    hard = {(each.source, each.target) for each in needs(made) if each.target.startswith("externals.")}
    assert hard == {(f"services.tell.consumes.due.{way}", f"externals.{name}") for way, name in WAYS.items()}


def test_what_is_read_to_be_sent_goes_round_in_no_circle() -> None:
    assert list(events.circles(shop(split=False))) == []


def test_smtps_is_tls_from_the_first_byte_on() -> None:
    made = system(
        services={"a": {"serves": "x.v1.A", "externals": ["mail"]}},
        externals={"mail": {"kind": "smtp", "protocol": "smtp", "url": "smtps://mail.example"}},
    )
    assert made.externals["mail"].tls == "implicit"


def test_a_system_without_channels_is_left_as_it_is() -> None:
    """The very object: what is kept of one edit is good for the next."""
    from wireplan.model import Service, System

    plain = System(system="shop", services={"a": Service(serves=["x.v1.A"])})
    assert spread(plain) is plain


def test_values_of_a_part_come_from_its_whole() -> None:
    made = shop(split=True, resources={"memory": "90Mi"})
    found = made.origin("services", "tell-sms", "resources", "memory_request")
    assert found.kind.value == "written"
    assert "split" in made.origin("services", "tell-sms", "database", "name").reason
