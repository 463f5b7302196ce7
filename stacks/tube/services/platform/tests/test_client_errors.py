"""What Kafka's client reports beside records: what ends a process, what makes a new producer, what is only said (rows F2.1, F2.6).

The client itself is replaced here, at its edge: brokers that break it for good are hard to come by. test_mock_brokers.py has the real one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from tube_platform.kafka import producer
from tube_platform.kafka.producer import KafkaPublisher
from tube_platform.kafka.records import (
    FatalClientError,
    Outgoing,
    Partition,
    PublishError,
)
from tube_platform.kafka.source import KafkaSource

RECORD = Outgoing("t", b"k", b"v", ())
FATAL = KafkaError(KafkaError._FATAL, "fenced", fatal=True)
REFUSED = KafkaError(KafkaError.NOT_ENOUGH_REPLICAS, "not enough replicas")
AWAY = KafkaError(KafkaError._ALL_BROKERS_DOWN, "all brokers are down")


@dataclass
class Client:
    """A producer of the library: `script` says what comes of each record, None for its acknowledgement."""

    script: list[object]
    asked: int = 0
    purged: bool = False
    flushed: list[float] = field(default_factory=list[float])

    def produce(self, *_: object, on_delivery: Callable[[Any, Any], None], **__: object) -> None:
        """Take a record, or not."""
        self.asked += 1
        happens = self.script.pop(0) if self.script else None
        if isinstance(happens, Exception):
            raise happens
        on_delivery(happens, None)

    def poll(self, _: float) -> None:
        """Nothing."""

    def purge(self) -> None:
        """Drop what it holds."""
        self.purged = True

    def flush(self, seconds: float) -> None:
        """Wait for what it holds."""
        self.flushed.append(seconds)


class Clients:
    """The producers that were made, one after the other."""

    def __init__(self, *scripts: list[object]) -> None:
        self.scripts, self.made = list(scripts), list[Client]()

    def __call__(self, _: dict[str, Any]) -> Client:
        self.made.append(Client(self.scripts.pop(0)))
        return self.made[-1]


def publisher(monkeypatch: pytest.MonkeyPatch, *scripts: list[object]) -> tuple[KafkaPublisher, Clients]:
    """One that needs no thread: reports come at once."""
    clients = Clients(*scripts)
    monkeypatch.setattr(producer, "Producer", clients)
    monkeypatch.setattr(producer, "QUEUE_FULL_PAUSE", 0.001)
    found = KafkaPublisher("127.0.0.1:1", "c", 1.0)
    found._renew()
    return found, clients


async def test_what_does_not_fit_into_the_queue_waits_and_is_not_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The caller is held back, as it should be."""
    found, clients = publisher(monkeypatch, [BufferError("full"), BufferError("full"), None])
    await found.send(RECORD)
    assert clients.made[0].asked == 3


@pytest.mark.parametrize("refused", [REFUSED, KafkaException(REFUSED)], ids=["reported", "at-once"])
async def test_a_record_that_was_refused_is_an_error_and_the_next_one_is_sent(
    monkeypatch: pytest.MonkeyPatch, refused: object
) -> None:
    """By the same producer: the outbox sends it again."""
    found, clients = publisher(monkeypatch, [refused, None])
    with pytest.raises(PublishError, match="not enough replicas"):
        await found.send(RECORD)
    await found.send(RECORD)
    assert len(clients.made) == 1


@pytest.mark.parametrize("fatal", [FATAL, KafkaException(FATAL)], ids=["reported", "at-once"])
async def test_a_producer_that_failed_for_good_is_replaced_once(
    monkeypatch: pytest.MonkeyPatch, fatal: object
) -> None:
    """Each record would fail with it; a late report of the old one does not take the new one away."""
    found, clients = publisher(monkeypatch, [fatal], [None, None])
    first = found._made
    with pytest.raises(PublishError, match="fenced"):
        await found.send(RECORD)
    await found.send(RECORD)
    assert isinstance(found._failure(FATAL, first), PublishError)
    await found.send(RECORD)
    assert len(clients.made) == 2
    assert found._failure(None, first) is None


async def test_an_error_beside_records_replaces_the_producer_only_where_it_is_fatal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Brokers that are away come back."""
    found, clients = publisher(monkeypatch, [None], [None])
    found._on_error(AWAY)
    await found.send(RECORD)
    assert len(clients.made) == 1
    found._on_error(FATAL)
    await found.send(RECORD)
    assert len(clients.made) == 2


class Record:
    """What the consumer gives: a record, or an error in its place."""

    def __init__(self, error: KafkaError | None = None) -> None:
        self._error = error

    def error(self) -> KafkaError | None:
        """What is in its place."""
        return self._error

    def timestamp(self) -> tuple[int, int]:
        """Kind and milliseconds."""
        return 1, 1500

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        """One without a value."""
        return [("a", None)]

    def topic(self) -> str:
        return "t"

    def partition(self) -> int:
        return 3

    def offset(self) -> int:
        return 7

    def key(self) -> bytes | None:
        return None

    def value(self) -> bytes | None:
        return b"v"


class Consumer:
    """A consumer of the library."""

    def __init__(self, given: Sequence[Record] = (), commits: object = None) -> None:
        self.given, self.commits = list(given), commits
        self.stored: list[int] = []

    def consume(self, most: int, _: float) -> list[Record]:
        """What is there."""
        found, self.given = self.given[:most], self.given[most:]
        return found

    def commit(self, *, asynchronous: bool) -> object:
        """The offsets, with what the brokers say of each."""
        assert not asynchronous
        if isinstance(self.commits, Exception):
            raise self.commits
        return self.commits

    def store_offsets(self, offsets: list[TopicPartition]) -> None:
        """One at a time; partition 1 is another's."""
        if offsets[0].partition == 1:
            raise KafkaException(KafkaError(KafkaError._STATE, "not assigned"))
        self.stored.append(offsets[0].offset)


def source(consumer: Consumer) -> KafkaSource:
    """A member with this client."""
    return KafkaSource({"group.id": "g"}, consumer)


def test_errors_in_place_of_records_are_passed_over_unless_they_are_fatal() -> None:
    """A member that can do no more must not stay in its group."""
    (found,) = source(Consumer([Record(AWAY), Record(), Record(REFUSED)])).consume(10, 0.0)
    assert (found.partition, found.offset, found.headers, found.group) == (
        Partition("t", 3),
        7,
        (("a", b""),),
        "g",
    )
    with pytest.raises(FatalClientError, match="fenced"):
        source(Consumer([Record(FATAL)])).consume(1, 0.0)


def test_a_fatal_error_beside_records_ends_the_next_look() -> None:
    """It arrives on the client's own thread."""
    member = source(Consumer([Record()]))
    member._on_error(AWAY)
    assert len(member.consume(1, 0.0)) == 1
    member._on_error(FATAL)
    with pytest.raises(FatalClientError, match="fenced"):
        member.consume(1, 0.0)


def refused(error: KafkaError | None) -> Any:
    """What the brokers say of one partition."""
    found = TopicPartition("t", 0, 8)
    if error:
        return type("Refused", (), {"error": error})()
    return found


@pytest.mark.parametrize(
    ("commits", "taken"),
    [
        (None, True),
        ([refused(None)], True),
        ([refused(None), refused(REFUSED)], False),
        (KafkaException(KafkaError(KafkaError._NO_OFFSET, "nothing stored")), True),
        (KafkaException(AWAY), False),
    ],
)
def test_a_commit_says_whether_the_brokers_took_it(commits: object, taken: bool) -> None:
    """All of it; that there is nothing to commit is no failure."""
    assert source(Consumer(commits=commits)).commit() is taken


def test_the_offset_of_a_partition_that_was_lost_keeps_no_other_from_being_stored() -> None:
    """Its new owner stores it."""
    consumer = Consumer()
    source(consumer).store({Partition("t", number): 10 + number for number in range(3)})
    assert consumer.stored == [10, 12]
