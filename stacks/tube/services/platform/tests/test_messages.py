"""Outbox, relay and inbox on a real server with a broker in memory (rows F2.3, F2.4)."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any, LiteralString

import pytest
from google.protobuf.wrappers_pb2 import Int32Value, StringValue
from opentelemetry.trace import SpanKind
from prometheus_client import REGISTRY

from tube_platform import housekeeping, postgres, telemetry
from tube_platform import outbox as module
from tube_platform.errors import Unavailable
from tube_platform.housekeeping import Housekeeping
from tube_platform.inbox import Inbox
from tube_platform.kafka.records import EVENT_ID, TYPE, Outgoing, PublishError
from tube_platform.lifecycle import Lifecycle
from tube_platform.outbox import Outbox, Relay
from tube_platform.postgres import Connection, Database, Passing
from tube_platform.testing.broker import MemoryBroker, received
from tube_platform.wiring import OutboxWiring, Publication, WiringError

type Query = Callable[[str], list[tuple[object, ...]]]

PUBLISHES = {"t": Publication("t", "google.protobuf.StringValue", "value")}
FAST = OutboxWiring(poll=0.01, batch=10)
LIFE = Lifecycle(1.0)


@pytest.fixture
def outbox() -> Outbox:
    """An outbox for one topic."""
    return Outbox(PUBLISHES)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures pause for milliseconds."""
    monkeypatch.setattr(module, "FAILURE_PAUSE", 0.01)


async def write(database: Database, outbox: Outbox, *values: str) -> None:
    """Events, each in a transaction of its own."""
    for value in values:

        async def work(connection: Connection, value: str = value) -> None:
            await outbox.add(connection, "t", StringValue(value=value))

        await database.transact(work)


async def test_event_carries_id_type_and_trace(database: Database, outbox: Outbox) -> None:
    """The record is the message; what is about it is in the headers; the key is the topology's."""
    broker = MemoryBroker()
    with telemetry.span("request", SpanKind.SERVER) as span:
        await write(database, outbox, "v1")
    assert await Relay(database, broker, FAST, LIFE).send_batch() == 1
    (record,) = broker.records("t")
    assert record.key == b"v1"
    assert StringValue.FromString(record.value or b"").value == "v1"
    assert record.header(TYPE) == "google.protobuf.StringValue"
    assert record.header(EVENT_ID) == str(record.event_id)
    assert f"{span.get_span_context().trace_id:032x}" in (record.header("traceparent") or "")


async def test_event_of_a_topic_without_a_key_goes_anywhere(database: Database) -> None:
    """Its id is its key, so such events spread over the partitions."""
    broker = MemoryBroker()
    await write(database, Outbox({"t": Publication("t", "google.protobuf.StringValue")}), "v1")
    await Relay(database, broker, FAST, LIFE).send_batch()
    (record,) = broker.records("t")
    assert record.key == str(record.event_id).encode()


async def test_event_of_a_transaction_that_failed_is_never_sent(database: Database, outbox: Outbox) -> None:
    """No effect, no event."""

    async def work(connection: Connection) -> None:
        await outbox.add(connection, "t", StringValue(value="x"))
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await database.transact(work)
    broker = MemoryBroker()
    assert await Relay(database, broker, FAST, LIFE).send_batch() == 0
    assert broker.records("t") == []


async def test_only_what_the_topology_lets_publish(database: Database, outbox: Outbox) -> None:
    """Another topic, or another message on the topic, is a mistake of the code, and says so."""

    async def topic(connection: Connection) -> None:
        await outbox.add(connection, "other", StringValue(value="x"))

    async def message(connection: Connection) -> None:
        await outbox.add(connection, "t", Int32Value(value=1))

    with pytest.raises(WiringError, match="does not let"):
        await database.transact(topic)
    with pytest.raises(WiringError, match="carries"):
        await database.transact(message)


async def test_row_is_sent_only_when_the_brokers_acknowledged(
    database: Database, outbox: Outbox, query: Query
) -> None:
    """What was refused stays unsent and is sent later; what was acknowledged is not sent again."""
    await write(database, outbox, "a", "b", "c")
    broker = MemoryBroker(refuse=lambda record: record.key == b"b")
    relay = Relay(database, broker, FAST, LIFE)
    assert await relay.send_batch() == 2
    assert query("select key from outbox where sent_at is null") == [(b"b",)]
    broker.refuse = lambda _: False
    assert await relay.send_batch() == 1
    assert Counter(record.key for record in broker.records("t")) == {b"a": 1, b"b": 1, b"c": 1}


async def test_relay_that_dies_sends_again_under_the_same_id(database: Database, outbox: Outbox) -> None:
    """At least once: the record was written, the mark was not; the second relay writes it again, and the ids are equal."""
    await write(database, outbox, "a")
    broker, written = MemoryBroker(), asyncio.Event()

    class Hangs:
        async def send(self, record: Outgoing) -> None:
            await broker.send(record)
            written.set()
            await asyncio.sleep(60)

    dying = asyncio.create_task(Relay(database, Hangs(), FAST, LIFE).send_batch())
    await written.wait()
    assert await Relay(database, broker, FAST, LIFE).send_batch() == 0, (
        "the row is locked while its relay lives"
    )
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await Relay(database, broker, FAST, LIFE).send_batch() == 1
    first, second = broker.records("t")
    assert first.event_id == second.event_id


async def test_late_commit_is_not_stepped_over(database: Database, outbox: Outbox) -> None:
    """A row with a lower number that commits after a higher one was sent is still sent: there is no cursor."""
    broker, relay_ = MemoryBroker(), None
    entered, go = asyncio.Event(), asyncio.Event()

    async def slow(connection: Connection) -> None:
        await outbox.add(connection, "t", StringValue(value="early"))
        entered.set()
        await go.wait()

    late = asyncio.create_task(database.transact(slow))
    await entered.wait()
    await write(database, outbox, "late")
    relay_ = Relay(database, broker, FAST, LIFE)
    assert await relay_.send_batch() == 1
    go.set()
    await late
    assert await relay_.send_batch() == 1
    assert [record.key for record in broker.records("t")] == [b"late", b"early"]


async def test_relays_of_several_pods_share_the_work(database: Database, outbox: Outbox) -> None:
    """Any number of relays: every event once, as long as none dies."""
    await write(database, outbox, *(str(n) for n in range(60)))
    broker = MemoryBroker()
    relays = [Relay(database, broker, FAST, LIFE) for _ in range(3)]
    for _ in range(10):
        await asyncio.gather(*(relay.send_batch() for relay in relays))
    assert Counter(record.key for record in broker.records("t")) == {str(n).encode(): 1 for n in range(60)}


async def test_running_relay_sends_at_once_and_survives_the_brokers(
    database: Database, outbox: Outbox
) -> None:
    """A commit wakes it; while the brokers are away it waits; when they are back it sends."""
    broker, down = MemoryBroker(), True
    broker.refuse = lambda _: down
    relay = Relay(database, broker, OutboxWiring(poll=30.0, batch=10), LIFE)
    await relay.start()
    await write(database, outbox, "a")
    await asyncio.sleep(0.1)
    assert broker.records("t") == []
    down = False
    async with asyncio.timeout(5):
        while not broker.records("t"):
            await write(database, outbox, "b")
            await asyncio.sleep(0.01)
    await relay.drain(1.0)
    await relay.close()


async def test_relay_that_cannot_work_ends_the_process(database: Database, query: Query) -> None:
    """Without its table nothing would ever be sent, and the pod would look ready."""
    life = Lifecycle(1.0)
    query("drop table outbox")
    relay = Relay(database, MemoryBroker(), FAST, life)
    await relay.start()
    async with asyncio.timeout(5):
        while life.failure is None:
            await asyncio.sleep(0.01)
    assert "outbox" in str(life.failure)
    await relay.close()


async def test_drain_sends_what_the_last_requests_wrote(database: Database, outbox: Outbox) -> None:
    """The relay of an ending pod empties the outbox if it can."""
    broker = MemoryBroker()
    relay = Relay(database, broker, FAST, LIFE)
    await write(database, outbox, *(str(n) for n in range(25)))
    await relay.drain(2.0)
    assert len(broker.records("t")) == 25


async def test_failed_publish_is_said_as_such() -> None:
    """The port's error is the platform's own."""
    with pytest.raises(PublishError):
        await MemoryBroker(refuse=lambda _: True).send(Outgoing("t", None, None))


async def test_second_delivery_has_no_effect(database: Database, query: Query) -> None:
    """Effect and id are one transaction; a repetition finds the id; a failed effect leaves none."""
    query("create table effects (n integer)")
    inbox, record = Inbox(database), received(StringValue(value="x"), "group-a")

    async def effect(connection: Connection) -> None:
        await postgres.execute(connection, "insert into effects values (1)")

    async def fails(connection: Connection) -> None:
        await effect(connection)
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await inbox.once(record, fails)
    assert not await inbox.done(record)
    assert await inbox.once(record, effect)
    assert not await inbox.once(record, effect)
    assert await inbox.done(record)
    assert query("select count(*) from effects") == [(1,)]


async def test_groups_and_steps_are_kept_apart(database: Database) -> None:
    """Another group has its own effect of the same event (row M2), and so has a dead letter's reaction."""
    inbox, event = Inbox(database), uuid.uuid4()

    async def effect(_: Connection) -> None:
        """Nothing but the id."""

    first = received(StringValue(value="x"), "statistics", event)
    assert await inbox.once(first, effect)
    assert await inbox.once(received(StringValue(value="x"), "notifications", event), effect)
    assert await inbox.once(first, effect, step="dead-letter")
    assert not await inbox.once(first, effect, step="dead-letter")


async def test_two_deliveries_at_once_have_one_effect(database: Database, query: Query) -> None:
    """A rebalance can hand a record to two members at the same time."""
    query("create table effects (n integer)")
    inbox, record = Inbox(database), received(StringValue(value="x"))

    async def effect(connection: Connection) -> None:
        await asyncio.sleep(0.05)
        await postgres.execute(connection, "insert into effects values (1)")

    found = await asyncio.gather(inbox.once(record, effect), inbox.once(record, effect))
    assert sorted(found) == [False, True]
    assert query("select count(*) from effects") == [(1,)]


async def test_unsent_rows_are_counted(database: Database, outbox: Outbox, query: Query) -> None:
    """The age of the oldest event that waits is a metric; old sent rows are removed."""
    await write(database, outbox, "a", "b")
    relay = Relay(database, MemoryBroker(refuse=lambda record: record.key == b"a"), FAST, LIFE)
    await relay.send_batch()
    query("update outbox set sent_at = now() - interval '2 days' where sent_at is not null")
    query("update outbox set created_at = now() - interval '1 hour'")
    await relay._clean()
    assert query("select key from outbox") == [(b"a",)]
    await relay.observe()
    assert REGISTRY.get_sample_value("outbox_unsent") == 1
    assert 3600 <= (REGISTRY.get_sample_value("outbox_oldest_seconds") or 0) < 3660


async def test_what_waits_is_looked_at_while_the_brokers_do_not_answer(
    database: Database, outbox: Outbox, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that nobody acknowledges takes minutes, and that is when somebody has to be told."""
    monkeypatch.setattr(module, "OBSERVE_EVERY", 0.01)
    await write(database, outbox, "a")
    query("update outbox set created_at = now() - interval '2 hours'")

    class Silent:
        async def send(self, record: Outgoing) -> None:
            await asyncio.sleep(60)

    relay = Relay(database, Silent(), FAST, LIFE)
    await relay.start()
    try:
        async with asyncio.timeout(10):
            while (REGISTRY.get_sample_value("outbox_oldest_seconds") or 0) < 7200:
                await asyncio.sleep(0.01)
    finally:
        await relay.close()


async def test_what_can_no_longer_come_back_is_forgotten(database: Database, query: Query) -> None:
    """In parts, so that a day of millions of rows is no statement that takes too long."""
    query(
        "insert into inbox select 'g', gen_random_uuid(), now() - days * interval '1 day' "
        "from unnest(array[0, 1] || array_fill(60, array[12])) days"
    )
    query(
        "insert into idempotency select 'p', 'r', gen_random_uuid()::text, '', 'OK', '', now() - hours * interval '1 hour' "
        "from unnest(array[0, 24, 80, 90]) hours"
    )
    parts: LiteralString = "delete from inbox where ctid = any(array(select ctid from inbox where processed_at < now() - %(age)s::interval limit %(most)s))"
    await postgres.forget(database, parts, "50 days", most=5)
    assert query("select count(*) from inbox") == [(2,)]
    query(
        "update inbox set processed_at = now() - interval '60 days' where processed_at < now() - interval '1 hour'"
    )
    await Housekeeping(database, LIFE)._clean()
    assert query("select count(*) from inbox") == [(1,)]
    assert query("select count(*) from idempotency") == [(2,)]
    query("update inbox set processed_at = now() - interval '1 hour'")
    await Housekeeping(database, LIFE, keep=1800.0)._clean()
    assert query("select count(*) from inbox") == [(0,)]


async def test_housekeeping_takes_what_a_service_has_that_passes_and_ends_nothing_where_it_cannot(
    database: Database, query: Query
) -> None:
    """A statement of a service that is wrong is told in the log; the process serves on."""
    query("create table visits (at timestamptz not null)")
    query("insert into visits select now() - interval '1 hour' * n from generate_series(0, 3) n")
    old = "delete from visits where ctid = any(array(select ctid from visits where at < now() - make_interval(secs => %(age)s) limit %(most)s))"
    database.passing += (Passing(old, 5_400.0), Passing("delete from nothing where %(age)s < %(most)s"))
    await Housekeeping(database, LIFE)._clean()
    assert query("select count(*) from visits") == [(2,)]


async def test_housekeeping_goes_on_over_a_database_that_is_away(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is old goes while the process runs; what failed is tried again, and ends nothing."""
    monkeypatch.setattr(housekeeping, "OBSERVE_EVERY", 0.01)
    monkeypatch.setattr(housekeeping, "CLEAN_EVERY", 0.0)
    query("insert into inbox select 'g', gen_random_uuid(), now() - interval '60 days'")
    failures = [Unavailable("away")]
    transact = database.transact

    async def away(work: Any, *, repeatable: bool = False) -> Any:
        if failures:
            raise failures.pop()
        return await transact(work, repeatable=repeatable)

    monkeypatch.setattr(Database, "transact", lambda _, work, **rest: away(work, **rest))
    life = Lifecycle(1.0)
    await Housekeeping(database, life).start()
    async with asyncio.timeout(30):
        while query("select count(*) from inbox") != [(0,)]:
            await asyncio.sleep(0.01)
    assert failures == []
    assert life.failure is None
    for task in life._tasks:
        task.cancel()


async def test_a_long_outbox_is_cleaned_part_by_part(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as there is more, without waiting for the next minute: else a busy outbox grows for ever."""
    monkeypatch.setattr(module, "CLEAN_BATCH", 5)
    monkeypatch.setattr(module, "CLEAN_EVERY", 3.0)
    query(
        "insert into outbox (id, topic, key, payload, headers, sent_at) "
        "select gen_random_uuid(), 't', '', '', '{}', now() - interval '2 days' from generate_series(1, 32)"
    )
    relay = Relay(database, MemoryBroker(), FAST, LIFE)
    await relay.start()
    async with asyncio.timeout(18):  # seven parts, which would take 21 s if each waited
        while query("select count(*) from outbox") != [(0,)]:
            await asyncio.sleep(0.02)
    await relay.close()
