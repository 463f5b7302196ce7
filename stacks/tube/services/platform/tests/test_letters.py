"""Dead letters and retry records: bytes untouched, history in the headers."""

import uuid
from datetime import UTC, datetime

from tube_platform.errors import Invalid
from tube_platform.kafka import letters
from tube_platform.kafka.failures import Failure, Poison
from tube_platform.kafka.records import EVENT_ID, Outgoing, Partition, Received
from tube_platform.wiring import RetryTopic, Subscription

EVENT = uuid.uuid4()
NOW = datetime(2026, 1, 2, tzinfo=UTC)
LATER = datetime(2026, 1, 3, tzinfo=UTC)
SUBSCRIPTION = Subscription(
    topic="t", message="m", key="k", group="g", dead_letter_topic="t.g.dlt", attempts=4,
    retry_topics=(RetryTopic("t.g.retry.5s", 5), RetryTopic("t.g.retry.1m", 60)),
)  # fmt: skip


def source() -> Received:
    """A record with a header of its own."""
    headers = (
        (EVENT_ID, str(EVENT).encode()),
        ("traceparent", b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01"),
        ("x", b"\xff"),
    )
    return Received(Partition("t", 3), 17, b"key", b"\x00not a message", headers, 0.0, "g")


def again(outgoing: Outgoing, offset: int = 0) -> Received:
    """The same record, as it is read from where it was sent."""
    return Received(
        Partition(outgoing.topic, 0), offset, outgoing.key, outgoing.value, outgoing.headers, 0.0, "g"
    )


def test_dead_letter_has_the_original_bytes_and_the_reason() -> None:
    """Nothing of the record is lost, and a person can see why it is there."""
    letter = letters.dead(source(), "t.g.dlt", Failure.POISON, Poison("no film"), 1, lambda: NOW)
    headers = dict(letter.headers)
    assert (letter.topic, letter.key, letter.value) == ("t.g.dlt", b"key", b"\x00not a message")
    assert headers["x"] == b"\xff"
    assert headers[EVENT_ID] == str(EVENT).encode()
    assert headers["traceparent"].startswith(b"00-111")
    assert headers[letters.SOURCE_TOPIC] == b"t"
    assert headers[letters.SOURCE_PARTITION] == b"3"
    assert headers[letters.SOURCE_OFFSET] == b"17"
    assert headers[letters.ERROR_CLASS] == b"poison"
    assert headers[letters.ERROR_REASON] == b"no film"
    assert len(headers) == len(letter.headers), "a header stands twice"


def test_retries_count_up_and_keep_where_it_all_began() -> None:
    """After two retries and a death, the letter names the first source and the first failure."""
    first = letters.retry(source(), "t.g.retry.5s", KeyError("bug"), lambda: NOW)
    second = letters.retry(again(first), "t.g.retry.1m", KeyError("bug"), lambda: LATER)
    read = again(second)
    assert letters.attempt(read) == 3
    assert read.event_id == EVENT
    letter = dict(letters.dead(read, "d", Failure.BUSINESS, KeyError("bug"), 3, lambda: LATER).headers)
    assert letter[letters.SOURCE_TOPIC] == b"t"
    assert letter[letters.SOURCE_OFFSET] == b"17"
    assert letter[letters.FIRST_FAILURE] == NOW.isoformat().encode()
    assert letter[letters.LAST_FAILURE] == LATER.isoformat().encode()
    assert letter[letters.ATTEMPT] == b"3"


def test_topics_of_the_attempts() -> None:
    """Four attempts with two topics: the last topic is used twice; then there is none."""
    found = [letters.next_retry(SUBSCRIPTION, made) for made in (1, 2, 3, 4)]
    assert [each.topic if each else None for each in found] == [
        "t.g.retry.5s",
        "t.g.retry.1m",
        "t.g.retry.1m",
        None,
    ]
    assert letters.delay_of(SUBSCRIPTION, "t") == 0
    assert letters.delay_of(SUBSCRIPTION, "t.g.retry.1m") == 60


def test_replay_that_names_a_group_is_for_that_group_alone() -> None:
    """Every other record is for everybody."""
    headers = ((letters.ONLY_GROUP, b"g"),)
    named = Received(Partition("t", 0), 1, None, None, headers)
    assert [letters.addressed(named, group) for group in ("g", "h")] == [True, False]
    assert [letters.addressed(source(), group) for group in ("g", "h")] == [True, True]


def test_strange_headers_do_no_harm() -> None:
    """An attempt that is no number is the first; an event id that is none becomes one of the record's place."""
    record = Received(Partition("t", 0), 5, None, None, ((letters.ATTEMPT, b"-3"), (EVENT_ID, b"nonsense")))
    same = Received(Partition("t", 0), 5, None, None, ())
    assert letters.attempt(record) == 1
    assert record.event_id == same.event_id
    assert record.event_id != Received(Partition("t", 0), 6, None, None).event_id


def test_users_hear_only_what_was_written_for_them() -> None:
    """The reason of a Poison or a Problem; of a bug or a server's error the dead letter alone has the text."""
    assert letters.told(Poison("no film")) == "no film"
    assert letters.told(Invalid("a title is needed")) == "a title is needed"
    assert letters.told(OSError(28, "No space left on device", "/tmp/film-1")) == letters.NOT_TOLD
