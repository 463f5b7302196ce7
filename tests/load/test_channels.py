"""What channels refer to: topics and systems that are there and can carry them, and names that are free (row M3)."""

from typing import Any

import pytest

from tests.load.test_references import broken

CHANNEL = {"topic": "due", "through": "mail"}
SOUND: dict[str, Any] = {
    "services": {"tell": {"serves": "x.v1.A", "database": "a", "channels": {"email": CHANNEL}}},
    "topics": {"due": {"message": "x.v1.Made"}},
    "databases": {"main": {"databases": ["a"]}},
    "externals": {
        "mail": {"kind": "smtp", "protocol": "smtp", "url": "smtp://mail.example"},
        "texts": {"kind": "sms", "url": "https://sms.example"},
    },
}


def with_service(**parts: Any) -> dict[str, Any]:
    """The system with more said of its service."""
    return {**SOUND, "services": {"tell": {**SOUND["services"]["tell"], **parts}}}


@pytest.mark.parametrize("split", [True, False])
def test_sound_channels_are_no_fault(split: bool) -> None:
    assert broken(**with_service(split=split)) == []


def test_an_address_is_who_mail_is_from_and_a_name_may_be_who_others_are_from() -> None:
    channels = {
        "email": {**CHANNEL, "sender": "no-reply+films@shop.example"},
        "sms": {"topic": "text", "through": "texts", "sender": "The shop"},
    }
    parts = with_service(channels=channels)
    assert broken(**{**parts, "topics": {**parts["topics"], "text": {"message": "x.v1.Made"}}}) == []


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (with_service(channels={"email": {**CHANNEL, "topic": "dew"}}), 'YML030 no topic is called "dew"; did you mean due?'),
        (with_service(channels={"email": {**CHANNEL, "through": "post"}}), 'YML030 no external is called "post"'),
        (with_service(channels={"email": {**CHANNEL, "through": "texts"}}), "YML031 email cannot go through texts, which speaks http2"),
        (with_service(channels={"sms": CHANNEL}), "YML031 sms cannot go through mail, which speaks smtp"),
        (with_service(channels={"email": {**CHANNEL, "sender": "The shop"}}), "YML025 e-mail is from an address, and The shop is none"),
        (
            with_service(channels={"email": CHANNEL, "sms": {"topic": "due", "through": "texts"}}),
            "YML025 due is the topic of two channels of tell: each message would go both ways",
        ),
        (
            {**with_service(split=True), "services": {**with_service(split=True)["services"], "tell-email": {"serves": "x.v1.B"}}},
            "YML043 tell-email is the service that a channel of tell is split off as",
        ),
    ],
)  # fmt: skip
def test_one_that_cannot_be_is_told_once(parts: dict[str, Any], expected: str) -> None:
    assert broken(**parts) == [expected]


def test_a_drill_may_break_a_part_where_it_is_split_off() -> None:
    drill = {"d": {"breaks": [{"part": "services.tell-email", "how": "kill"}], "holds": ["topics.due"]}}
    assert broken(**with_service(split=True), drills=drill) == []
    (found,) = broken(**with_service(split=False), drills=drill)
    assert found.startswith('YML030 no service is called "tell-email"')


def test_names_leave_room_for_the_way() -> None:
    long = "t" * 50
    parts = {**SOUND, "services": {long: {**SOUND["services"]["tell"], "split": True}}}
    (found,) = broken(**parts)
    assert "is too long for a service that is split off: 56 characters" in found
