"""The real client, producer and consumer, against the brokers that librdkafka can play itself (rows F2.3, F2.5, M5, M6)."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from google.protobuf.wrappers_pb2 import StringValue
from prometheus_client import REGISTRY

from tube_platform.kafka import source
from tube_platform.kafka.loop import ConsumerLoop, Handler
from tube_platform.kafka.producer import KafkaPublisher
from tube_platform.kafka.records import (
    Outgoing,
    Partition,
    PublishError,
    Received,
)
from tube_platform.kafka.source import KafkaSource
from tube_platform.lifecycle import Lifecycle
from tube_platform.testing.broker import event_headers
from tube_platform.wiring import Subscription

type Handle = Callable[[StringValue, Received], Any]

SESSION = 5.0
"""Seconds. These brokers let a member that comes back wait for the end of its session, and the first of a group for three seconds."""


@pytest.fixture
def bootstrap() -> Any:
    """Three brokers in this process. They make topics when asked for, and live as long as the producer that started them."""
    owner = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 3, "log_level": 0})
    brokers = owner.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    owner.flush(0)


@pytest.fixture
async def publisher(bootstrap: str) -> AsyncGenerator[KafkaPublisher]:
    """A running producer."""
    found = KafkaPublisher(bootstrap, "test", 10.0)
    await found.start()
    yield found
    await found.close()


@asynccontextmanager
async def member(
    bootstrap: str, publisher: KafkaPublisher, handle: Handle, instance: str | None = None
) -> AsyncGenerator[ConsumerLoop]:
    """A member of group `g`, ended as the lifecycle ends it."""
    subscription = Subscription(
        topic="t", message="m", key="k", group="g", dead_letter_topic="t.g.dlt", concurrency=4,
        session_timeout=SESSION, membership="static" if instance else "dynamic",
    )  # fmt: skip
    client = KafkaSource(source.settings(bootstrap, "test", subscription, instance))
    found = ConsumerLoop(subscription, Handler(StringValue, handle), client, publisher, Lifecycle(2.0))
    await found.start()
    try:
        yield found
    finally:
        await found.quiesce()
        await found.drain(2.0)
        await found.close()


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def event(value: str) -> Outgoing:
    """An event as the relay sends it."""
    message = StringValue(value=value)
    return Outgoing("t", value.encode(), message.SerializeToString(), event_headers(message, uuid.uuid4()))


def committed(bootstrap: str) -> int:
    """What group `g` has committed, over all partitions."""
    client = Consumer({"bootstrap.servers": bootstrap, "group.id": "g", "log_level": 0})
    count = len(client.list_topics("t", timeout=10).topics["t"].partitions)
    found = client.committed([TopicPartition("t", number) for number in range(count)], timeout=10)
    client.close()
    return sum(max(0, each.offset) for each in found)


async def test_record_arrives_with_all_it_carries(bootstrap: str, publisher: KafkaPublisher) -> None:
    """Key, value, headers, time; and the offset is committed when the member leaves."""
    got: list[Received] = []

    async def handle(_: StringValue, record: Received) -> None:
        got.append(record)

    sent = event("a")
    await publisher.send(sent)
    async with member(bootstrap, publisher, handle):
        await until(lambda: bool(got))
    (record,) = got
    assert (record.key, record.value, record.headers) == (sent.key, sent.value, sent.headers)
    assert (record.partition.topic, record.offset, record.group) == ("t", 0, "g")
    assert record.timestamp > 1_700_000_000
    assert await asyncio.to_thread(committed, bootstrap) == 1


async def test_next_member_goes_on_where_the_last_one_stopped(
    bootstrap: str, publisher: KafkaPublisher
) -> None:
    """Nothing twice after an ordinary end, and nothing left out."""
    got: list[str] = []

    async def handle(message: StringValue, _: Received) -> None:
        got.append(message.value)

    for number in range(10):
        await publisher.send(event(f"a{number}"))
    async with member(bootstrap, publisher, handle, "pod-0"):
        await until(lambda: len(got) == 10)
    for number in range(10):
        await publisher.send(event(f"b{number}"))
    async with member(bootstrap, publisher, handle, "pod-0"):
        await until(lambda: len(got) >= 20)
    assert sorted(got) == sorted(f"{part}{number}" for part in "ab" for number in range(10))


async def test_what_waits_is_counted_also_behind_a_record_that_takes_long(
    bootstrap: str, publisher: KafkaPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partition is paused meanwhile, and what comes now waits as well; when all is handled, nothing waits."""
    monkeypatch.setattr(source, "LOOK_EVERY_MS", 100)
    entered, go = asyncio.Event(), asyncio.Event()

    async def handle(_: StringValue, __: Received) -> None:
        entered.set()
        await go.wait()

    def waits() -> float | None:
        return REGISTRY.get_sample_value("records_lag", {"topic": "t", "group": "g"})

    for number in range(3):
        await publisher.send(event(f"a{number}"))
    async with member(bootstrap, publisher, handle):
        await entered.wait()
        await until(lambda: waits() == 3)
        for number in range(4):
            await publisher.send(event(f"b{number}"))
        await until(lambda: waits() == 7)
        go.set()
        await until(lambda: waits() == 0)


def test_where_nothing_was_committed_all_that_there_is_waits() -> None:
    """A client that does not know yet how far its group is says -1."""
    first = {"consumer_lag": -1, "lo_offset": 5, "hi_offset": 25, "stored_offset": -1001}
    assert source.lag(first) == 20
    assert source.lag({**first, "lo_offset": -1001}) == 25
    assert source.lag({**first, "hi_offset": -1001}) == 0
    assert source.lag({**first, "consumer_lag": 3}) == 3


async def test_dead_letter_is_written_by_the_real_producer(bootstrap: str, publisher: KafkaPublisher) -> None:
    """Poison goes to its topic with its bytes."""

    async def handle(_: StringValue, __: Received) -> None:
        """Never called."""

    await publisher.send(Outgoing("t", b"k", b"\xff\xff\xff"))
    async with member(bootstrap, publisher, handle):
        read = await asyncio.to_thread(_read, bootstrap, "t.g.dlt")
    assert read.value == b"\xff\xff\xff"
    assert read.header("error-class") == "poison"
    assert read.header("source-topic") == "t"


def _read(bootstrap: str, topic: str) -> Received:
    """The first record of a topic, by a reader that joins no group: it would have to wait for others who might join, too."""
    client = KafkaSource({"bootstrap.servers": bootstrap, "group.id": "reader", "log_level": 0})
    client._consumer = Consumer({**client.config, "allow.auto.create.topics": True})
    count = len(client._consumer.list_topics(topic, timeout=10).topics[topic].partitions)
    client._consumer.assign([TopicPartition(topic, number, 0) for number in range(count)])
    for _ in range(150):
        if found := client.consume(1, 0.2):
            client.close()
            return found[0]
    raise AssertionError(f"nothing in {topic}")


def _ignore(_: Any) -> None:
    """A rebalance that nobody looks at."""


async def test_paused_partition_gives_nothing_and_resumed_gives_all(
    bootstrap: str, publisher: KafkaPublisher
) -> None:
    """What the loop relies on when it is busy; and a pause outlives the assignment, so the loop says for each new one what it wants."""
    client = KafkaSource(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "p",
            "auto.offset.reset": "earliest",
            "enable.auto.offset.store": False,
            "session.timeout.ms": int(SESSION * 1000),
            "heartbeat.interval.ms": int(SESSION * 1000 / 3),
            "fetch.wait.max.ms": 10,  # what is not paused comes at once
            "log_level": 0,
        }
    )
    given: list[Partition] = []
    taken: list[Partition] = []
    await publisher.send(event("first"))

    def join() -> None:
        client.subscribe(["t"], given.extend, taken.extend, _ignore)
        assert _count(client, 1) == 1
        client.pause(given)

    def leave_and_join_again() -> None:
        client._consumer.unsubscribe()
        while not taken:
            client.consume(1, 0.05)
        given.clear()
        client._consumer.subscribe(["t"], on_assign=source._listener(given.extend))
        while not given:
            client.consume(1, 0.05)

    await asyncio.to_thread(join)
    await publisher.send(event("second"))
    assert await asyncio.to_thread(_count, client, 1, 10) == 0
    await asyncio.to_thread(leave_and_join_again)
    assert await asyncio.to_thread(_count, client, 1, 10) == 0, "paused by the assignment before"
    await asyncio.to_thread(client.resume, given)
    assert await asyncio.to_thread(_count, client, 2) == 2  # nothing was stored, so the first comes again
    await asyncio.to_thread(client.close)


def _count(client: KafkaSource, wanted: int, polls: int = 150) -> int:
    found = 0
    for _ in range(polls):
        found += len(client.consume(10, 0.1))
        if found >= wanted:
            break
    return found


async def test_brokers_that_go_away_are_an_error_and_not_a_silence(bootstrap: str) -> None:
    """The delivery report says no after the delivery timeout, and the next producer works."""
    lost = KafkaPublisher("127.0.0.1:1", "test", 0.5)
    await lost.start()
    with pytest.raises(PublishError):
        await lost.send(event("a"))
    await lost.close()


async def test_broken_producer_is_replaced_and_nobody_waits_for_ever(bootstrap: str) -> None:
    """After a fatal error: what the old producer held ends with an error, and the next record goes by a new one."""
    publisher = KafkaPublisher("127.0.0.1:1", "test", 300.0)
    await publisher.start()
    waiting = asyncio.create_task(publisher.send(event("held")))
    await asyncio.sleep(0.1)
    publisher._broken, publisher.bootstrap = True, bootstrap
    await publisher.send(event("next"))
    with pytest.raises(PublishError):
        async with asyncio.timeout(10):
            await waiting
    assert not publisher._broken
    await publisher.close()
