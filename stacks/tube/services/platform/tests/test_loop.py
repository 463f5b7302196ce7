"""The consumer loop: at least once, dead letters before offsets, and no offset before its effect (rows F2.2, F2.3)."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from tube_platform.errors import Unavailable
from tube_platform.kafka import letters, loop
from tube_platform.kafka.failures import Poison
from tube_platform.kafka.loop import ConsumerLoop, Handler
from tube_platform.kafka.records import Outgoing, Partition, Received
from tube_platform.lifecycle import Lifecycle
from tube_platform.testing.broker import MemoryBroker, MemorySource
from tube_platform.testing.fakes import MemoryInbox
from tube_platform.wiring import RetryTopic, Subscription

SUBSCRIPTION = Subscription(
    topic="t", message="google.protobuf.StringValue", key="value", group="g", dead_letter_topic="t.g.dlt",
    max_poll_records=10, handler_timeout=60.0, concurrency=3, attempts=3, retry_topics=(RetryTopic("t.g.retry", 0.05),),
)  # fmt: skip

type Handle = Callable[[StringValue, Received], Awaitable[None]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of seconds become waits of milliseconds."""
    monkeypatch.setattr(loop, "BACKOFF_FIRST", 0.002)
    monkeypatch.setattr(loop, "BACKOFF_MOST", 0.01)
    monkeypatch.setattr(loop, "POLL", 0.002)


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something to become true. The time only ends a test that hangs: a machine may be busy."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.003)


@asynccontextmanager
async def consuming(
    broker: MemoryBroker, handle: Handle, subscription: Subscription = SUBSCRIPTION, **reactions: Any
) -> AsyncGenerator[tuple[ConsumerLoop, MemorySource, Lifecycle]]:
    """A member of the group, ended as the lifecycle ends it."""
    lifecycle, source = Lifecycle(1.0), MemorySource(broker, subscription.group)
    member = ConsumerLoop(subscription, Handler(StringValue, handle, **reactions), source, broker, lifecycle)
    await member.start()
    try:
        yield member, source, lifecycle
    finally:
        await member.quiesce()
        await member.drain(60.0)
        await member.close()


def crash(member: ConsumerLoop) -> None:
    """What is left of a process that was killed: nothing runs, nothing is committed, and what had just ended begins nothing new."""
    assert member._task
    member._stopping = True
    member._task.cancel()
    for lane in member._lanes.values():
        for task in lane.tasks.values():
            task.cancel()


async def test_offset_is_committed_after_the_effect() -> None:
    """While the handler runs, the offset stays; when it has ended, the offset moves."""
    broker, entered, go = MemoryBroker(), asyncio.Event(), asyncio.Event()
    broker.publish("t", StringValue(value="a"), "k")

    async def handle(_: StringValue, __: Received) -> None:
        entered.set()
        await go.wait()

    async with consuming(broker, handle) as (_, source, _life):
        await entered.wait()
        polls = source.polls
        await until(lambda: source.polls > polls + 5)
        assert source.stored == {}, "stored before the effect"
        go.set()
        await until(lambda: source.stored == {Partition("t", 0): 1})
    assert broker.committed["g", Partition("t", 0)] == 1


async def test_a_member_says_how_many_partitions_it_has_and_how_often_it_got_some() -> None:
    """By topic and group: a service may read two topics in one group."""
    labels = {"topic": "t", "group": "g"}
    before = REGISTRY.get_sample_value("group_rebalances_total", labels) or 0
    broker = MemoryBroker()
    broker.publish("t", StringValue(value="a"), "k")

    async def handle(_: StringValue, __: Received) -> None:
        """Nothing."""

    async with consuming(broker, handle) as (_, source, _life):
        await until(lambda: bool(source.stored))
        assert (REGISTRY.get_sample_value("partitions_assigned", labels) or 0) > 0
        assert REGISTRY.get_sample_value("group_rebalances_total", labels) == before + 1


async def test_member_keeps_polling_while_a_handler_takes_long() -> None:
    """max.poll.interval is about polls, and polls go on, with the partition paused when enough waits."""
    broker, go = MemoryBroker(), asyncio.Event()
    for number in range(8):
        broker.publish("t", StringValue(value=str(number)), "k")

    async def handle(_: StringValue, __: Received) -> None:
        await go.wait()

    one = replace(SUBSCRIPTION, concurrency=1, max_poll_records=1)
    async with consuming(broker, handle, one) as (member, source, _):
        await until(lambda: source.polls > 30)
        held = sum(len(lane.waiting) + len(lane.in_hand) for lane in member._lanes.values())
        assert held <= 2, "a slow handler must not pile up records"
        assert Partition("t", 0) in source.paused
        go.set()
        await until(lambda: broker.lag("g", ["t"]) == 8 and source.stored.get(Partition("t", 0)) == 8)


async def test_dependency_that_is_down_never_makes_a_dead_letter() -> None:
    """The record waits in its place and succeeds when the dependency is back."""
    broker, tries = MemoryBroker(), Counter[str]()
    broker.publish("t", StringValue(value="a"), "k")

    async def handle(event: StringValue, _: Received) -> None:
        tries[event.value] += 1
        if tries[event.value] < 20:
            raise Unavailable("the database is failing over")

    async with consuming(broker, handle) as (_, source, _life):
        await until(lambda: source.stored == {Partition("t", 0): 1})
    assert tries["a"] == 20
    assert broker.records("t.g.dlt") == []
    assert broker.records("t.g.retry") == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Outgoing("t", b"k", b"\xff\xff\xff"), "no google.protobuf.StringValue"),
        (Outgoing("t", b"k", None), "no value"),
        (Outgoing("t", b"k", b"", ((b"type".decode(), b"other.Type"),)), "carries other.Type"),
    ],
)
async def test_poison_is_a_dead_letter_at_once_and_the_partition_goes_on(
    record: Outgoing, reason: str
) -> None:
    """What cannot be decoded is put aside with its bytes; what comes after it is handled."""
    broker, seen = MemoryBroker(), list[str]()
    broker.append(record)
    broker.publish("t", StringValue(value="next"), "k")

    async def handle(event: StringValue, _: Received) -> None:
        seen.append(event.value)

    async with consuming(broker, handle) as (_, source, _life):
        await until(lambda: source.stored.get(Partition("t", 0)) == 2)
    assert seen == ["next"]
    (letter,) = broker.records("t.g.dlt")
    assert letter.value == record.value
    assert reason in (letter.header(letters.ERROR_REASON) or "")


async def test_replay_for_another_group_is_passed_over_and_the_partition_goes_on() -> None:
    """A topic with several groups: who did handle a record must not do so again because another group did not."""
    broker, seen = MemoryBroker(), list[str]()
    value = StringValue(value="replayed").SerializeToString()
    for group in ("another", "g"):
        broker.append(Outgoing("t", group.encode(), value, ((letters.ONLY_GROUP, group.encode()),)))

    async def handle(_: StringValue, record: Received) -> None:
        seen.append((record.key or b"").decode())

    async with consuming(broker, handle) as (_, source, _life):
        await until(lambda: source.stored.get(Partition("t", 0)) == 2)
    assert seen == ["g"]
    assert not broker.records("t.g.dlt")


async def test_dead_letter_is_acknowledged_before_the_offset_moves() -> None:
    """While the brokers refuse the dead letter, the source offset stays."""
    broker, down = MemoryBroker(), True
    broker.refuse = lambda record: down and record.topic.endswith("dlt")
    broker.publish("t", StringValue(value="a"), "k")

    async def handle(_: StringValue, __: Received) -> None:
        raise Poison("no film")

    async with consuming(broker, handle) as (_, source, _life):
        polls = source.polls
        await until(lambda: source.polls > polls + 20)
        assert source.stored == {}
        down = False
        await until(lambda: source.stored == {Partition("t", 0): 1})
    assert len(broker.records("t.g.dlt")) == 1


async def test_business_failure_goes_by_retry_topics_to_a_dead_letter() -> None:
    """Three attempts: one in the topic, two in the retry topic after its delay, then the dead letter and its reaction."""
    broker, attempts, told = MemoryBroker(), list[tuple[str, int]](), list[tuple[str, str]]()
    broker.publish("t", StringValue(value="a"), "k")

    async def handle(_: StringValue, record: Received) -> None:
        attempts.append((record.partition.topic, letters.attempt(record)))
        raise KeyError("a bug")

    async def dead(event: StringValue | None, _: Received, reason: str) -> None:
        told.append((event.value if event else "", reason))

    async with consuming(broker, handle, dead_lettered=dead) as (_, source, _life):
        await until(lambda: len(told) == 1)
        await until(lambda: source.stored.get(Partition("t.g.retry", 0)) == 2)
    assert attempts == [("t", 1), ("t.g.retry", 2), ("t.g.retry", 3)]
    (letter,) = broker.records("t.g.dlt")
    assert letter.header(letters.ATTEMPT) == "3"
    assert letter.header(letters.SOURCE_TOPIC) == "t"
    assert told == [("a", letters.NOT_TOLD)], "the text of a bug is not for users"


async def test_retry_topic_waits_its_delay_by_pausing() -> None:
    """Nothing is handled before the delay has passed since it was written, and meanwhile the partition is paused."""
    now = 1000.0
    broker, seen = MemoryBroker(clock=lambda: now), list[str]()
    broker.publish("t.g.retry", StringValue(value="a"), "k")

    async def handle(event: StringValue, _: Received) -> None:
        seen.append(event.value)

    slow = replace(SUBSCRIPTION, retry_topics=(RetryTopic("t.g.retry", 60),))
    async with consuming(broker, handle, slow) as (member, source, _):
        member.clock = lambda: now
        await until(lambda: Partition("t.g.retry", 0) in source.paused)
        now += 59.9
        polls = source.polls
        await until(lambda: source.polls > polls + 10)
        assert seen == []
        now += 0.2
        await until(lambda: seen == ["a"])
        await until(lambda: Partition("t.g.retry", 0) not in source.paused)


async def test_retry_that_is_not_due_keeps_no_new_record_waiting() -> None:
    """Not even where a member holds one record at a time: the retry pauses its own partition, and the topic goes on."""
    broker, seen = MemoryBroker(), list[str]()
    broker.publish("t.g.retry", StringValue(value="old"), "k")

    async def handle(event: StringValue, _: Received) -> None:
        seen.append(event.value)

    retries = (RetryTopic("t.g.retry", 60),)
    one = replace(SUBSCRIPTION, concurrency=1, max_poll_records=1, retry_topics=retries)
    async with consuming(broker, handle, one) as (_, source, _life):
        await until(lambda: Partition("t.g.retry", 0) in source.paused)
        broker.publish("t", StringValue(value="new"), "k")
        await until(lambda: seen == ["new"])


async def test_partition_that_was_paused_when_it_went_away_is_read_when_it_comes_back() -> None:
    """The client remembers the pause beyond the rebalance, and nobody else would end it."""
    now = 1000.0
    broker, seen = MemoryBroker(clock=lambda: now), list[str]()
    broker.publish("t.g.retry", StringValue(value="a"), "k")

    async def handle(event: StringValue, _: Received) -> None:
        seen.append(event.value)

    place = Partition("t.g.retry", 0)
    slow = replace(SUBSCRIPTION, retry_topics=(RetryTopic("t.g.retry", 60),))
    async with consuming(broker, handle, slow) as (member, source, _):
        member.clock = lambda: now
        await until(lambda: place in source.paused)
        source.revoke([place])
        await until(lambda: place not in member._lanes)
        now += 61
        source.assign([place])
        await until(lambda: seen == ["a"])


async def test_ordered_subscription_retries_in_place() -> None:
    """With ordering by key nothing overtakes a failing record of its key, and the retry topic is not used."""
    broker, seen, failures = MemoryBroker(), list[str](), Counter[str]()
    for value in ("a1", "a2"):
        broker.publish("t", StringValue(value=value), "a")

    async def handle(event: StringValue, _: Received) -> None:
        if event.value == "a1" and failures["a1"] < 2:
            failures["a1"] += 1
            raise KeyError("a bug that goes away")
        seen.append(event.value)

    async with consuming(broker, handle, replace(SUBSCRIPTION, ordering="key")) as (_, source, _life):
        await until(lambda: source.stored.get(Partition("t", 0)) == 2)
    assert seen == ["a1", "a2"]
    assert broker.records("t.g.retry") == []


async def test_ordered_record_that_never_succeeds_is_dead_after_its_attempts() -> None:
    """And its letter says how many there were."""
    broker = MemoryBroker()
    broker.publish("t", StringValue(value="a"), "a")

    async def handle(_: StringValue, __: Received) -> None:
        raise KeyError("a bug")

    async with consuming(broker, handle, replace(SUBSCRIPTION, ordering="partition")):
        await until(lambda: len(broker.records("t.g.dlt")) == 1)
    assert broker.records("t.g.dlt")[0].header(letters.ATTEMPT) == "3"


async def test_handler_that_hangs_is_cancelled_and_counts_as_an_attempt() -> None:
    """The handler timeout bounds an attempt; attempts are bounded; then it is a dead letter."""
    broker, cancelled = MemoryBroker(), Counter[str]()
    broker.publish("t", StringValue(value="a"), "k")

    async def handle(_: StringValue, __: Received) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled["times"] += 1
            raise

    async with consuming(broker, handle, replace(SUBSCRIPTION, handler_timeout=0.02)):
        await until(lambda: len(broker.records("t.g.dlt")) == 1)
    assert cancelled["times"] == 3
    assert broker.records("t.g.dlt")[0].header(letters.ERROR_TYPE) == "HandlerTimeoutError"


async def test_handler_whose_own_task_was_cancelled_has_failed() -> None:
    """It was not the loop that cancelled it: the record is tried again, and keeps nobody behind it waiting for ever."""
    broker, tries = MemoryBroker(), Counter[str]()
    for value in ("a", "b"):
        broker.publish("t", StringValue(value=value), "k")

    async def handle(event: StringValue, _: Received) -> None:
        tries[event.value] += 1
        if tries["a"] == 1:
            inner = asyncio.create_task(asyncio.sleep(60))
            inner.cancel()
            await inner

    async with consuming(broker, handle, replace(SUBSCRIPTION, ordering="key")) as (_, source, _life):
        await until(lambda: source.stored == {Partition("t", 0): 2})
    assert tries == {"a": 2, "b": 1}


async def test_what_a_dead_letter_leads_to_may_be_cancelled_by_others_too() -> None:
    """As the handler itself: it is tried again, and the partition goes on."""
    broker, tries = MemoryBroker(), Counter[str]()
    broker.publish("t", StringValue(value="a"), "k")

    async def handle(_: StringValue, __: Received) -> None:
        raise Poison("never")

    async def tell(_: StringValue | None, __: Received, ___: str) -> None:
        tries["a"] += 1
        if tries["a"] == 1:
            inner = asyncio.create_task(asyncio.sleep(60))
            inner.cancel()
            await inner

    async with consuming(broker, handle, dead_lettered=tell) as (_, source, _life):
        await until(lambda: source.stored == {Partition("t", 0): 1})
    assert tries["a"] == 2


async def test_what_may_become_of_records_is_counted_from_nothing_on() -> None:
    """Else the first dead letter of a pod is a counter that was always 1: `increase` is nothing, and an alert made of it alone silent."""
    topics = ("counted", "counted.retry")
    own = replace(SUBSCRIPTION, topic=topics[0], retry_topics=(RetryTopic(topics[1], 0.05),))

    async def handle(_: StringValue, __: Received) -> None:
        """Nothing."""

    def counted(topic: str) -> float | None:
        labels = {"topic": topic, "group": "g", "outcome": "dead"}
        return REGISTRY.get_sample_value("records_handled_total", labels)

    async with consuming(MemoryBroker(), handle, own):
        await until(lambda: all(counted(topic) == 0 for topic in topics), 20.0)


async def test_fatal_client_error_ends_the_process() -> None:
    """A fenced member does not stay alive and idle."""
    broker = MemoryBroker()

    async def handle(_: StringValue, __: Received) -> None:
        """Never called."""

    async with consuming(broker, handle) as (_, source, lifecycle):
        source.fatal = True
        await until(lambda: lifecycle.failure is not None)
        source.fatal = False
    assert "fenced" in str(lifecycle.failure)


async def test_revoked_partition_is_committed_up_to_what_is_done() -> None:
    """A rebalance waits for handlers, then the next owner goes on where this one stopped."""
    broker, entered = MemoryBroker(), asyncio.Event()
    for number in range(3):
        broker.publish("t", StringValue(value=str(number)), "k")
    done: list[str] = []

    async def handle(event: StringValue, _: Received) -> None:
        entered.set()
        await asyncio.sleep(0.05)
        done.append(event.value)

    one = replace(SUBSCRIPTION, concurrency=1)
    async with consuming(broker, handle, one) as (member, source, _):
        await entered.wait()
        source.revoke([Partition("t", 0)])
        await until(lambda: broker.committed.get(("g", Partition("t", 0))) == 1)
        assert done == ["0"], "what waited was begun after the revocation"
        assert Partition("t", 0) not in member._lanes
        source.assign([Partition("t", 0)])
        await until(lambda: done == ["0", "1", "2"])


async def test_lost_partition_is_not_committed_and_its_work_is_cancelled() -> None:
    """Somebody else has the partition already: what is in hand is dropped, and the other does it."""
    broker, entered = MemoryBroker(), asyncio.Event()
    broker.publish("t", StringValue(value="a"), "k")
    cancelled = asyncio.Event()

    async def handle(_: StringValue, __: Received) -> None:
        entered.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with consuming(broker, handle, replace(SUBSCRIPTION, handler_timeout=90)) as (_, source, _life):
        await entered.wait()
        source.lose([Partition("t", 0)])
        await until(cancelled.is_set)
    assert ("g", Partition("t", 0)) not in broker.committed


async def test_end_within_the_drain_commits_what_was_in_hand() -> None:
    """SIGTERM: no new record is begun, the one in hand ends, its offset is committed, the member leaves."""
    broker, entered, seen = MemoryBroker(), asyncio.Event(), list[str]()
    for number in range(5):
        broker.publish("t", StringValue(value=str(number)), "k")

    async def handle(event: StringValue, _: Received) -> None:
        entered.set()
        await asyncio.sleep(0.1)
        seen.append(event.value)

    async with consuming(broker, handle, replace(SUBSCRIPTION, concurrency=1)) as (_, source, _life):
        await entered.wait()
    assert seen == ["0"]
    assert broker.committed["g", Partition("t", 0)] == 1
    assert source.closed


async def test_end_past_the_drain_leaves_the_record_for_the_next_member() -> None:
    """A handler that does not end in time is cancelled, and its offset is not committed."""
    broker, entered = MemoryBroker(), asyncio.Event()
    broker.publish("t", StringValue(value="a"), "k")

    async def handle(_: StringValue, __: Received) -> None:
        entered.set()
        await asyncio.sleep(60)

    slow = replace(SUBSCRIPTION, handler_timeout=90)
    source = MemorySource(broker, "g")
    member = ConsumerLoop(slow, Handler(StringValue, handle), source, broker, Lifecycle(1.0))
    await member.start()
    await entered.wait()
    await member.quiesce()
    await member.drain(0.05)
    await member.close()
    assert broker.lag("g", ["t"]) == 1


async def test_reaction_to_a_dead_letter_is_tried_again_while_a_dependency_is_down() -> None:
    """The owner hears of the failure, even if the database was away at that moment."""
    broker, told, calls = MemoryBroker(), list[str](), Counter[str]()
    broker.publish("t", StringValue(value="a"), "k")

    async def handle(_: StringValue, __: Received) -> None:
        raise Poison("no film")

    async def dead(_: StringValue | None, __: Received, reason: str) -> None:
        calls["dead"] += 1
        if calls["dead"] < 5:
            raise Unavailable("failing over")
        told.append(reason)

    async with consuming(broker, handle, dead_lettered=dead) as (_, source, _life):
        await until(lambda: source.stored == {Partition("t", 0): 1})
    assert told == ["no film"]
    assert len(broker.records("t.g.dlt")) == 1


outcomes = st.lists(st.sampled_from(["ok", "slow", "down", "bug", "poison", "crash"]), min_size=1, max_size=8)


@given(st.lists(outcomes, min_size=1, max_size=6), st.sampled_from(["none", "key"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_record_ends_once_whatever_happens(scripts: list[list[str]], ordering: str) -> None:
    """Records whose handlers fail, hang back and die with the process: each ends as one effect or one dead letter's reason.

    The script of a record says what happens at each of its attempts; after it every attempt succeeds.
    """
    asyncio.run(_run_scripts(scripts, ordering))


async def _run_scripts(  # noqa: C901 - the script's steps, told in one place
    scripts: list[list[str]], ordering: str
) -> None:
    broker, inbox = MemoryBroker({"t": 2, "t.g.retry": 2}), MemoryInbox()
    effects, left = Counter[uuid.UUID](), {str(n): list(script) for n, script in enumerate(scripts)}
    events = {name: broker.publish("t", StringValue(value=name), name) for name in left}
    subscription = replace(SUBSCRIPTION, ordering=ordering, retry_topics=(RetryTopic("t.g.retry", 0.0),))
    crashed = asyncio.Event()

    async def handle(event: StringValue, record: Received) -> None:
        step = left[event.value].pop(0) if left[event.value] else "ok"
        match step:
            case "down":
                raise Unavailable("down")
            case "bug":
                raise KeyError("bug")
            case "poison":
                raise Poison("no film")
            case "slow":
                await asyncio.sleep(0.005)

        async def effect(_: Any) -> None:
            effects[record.event_id] += 1

        await inbox.once(record, effect)
        if step == "crash":  # after the effect, before the offset
            crashed.set()
            await asyncio.sleep(60)

    def ended() -> bool:
        dead = {record.event_id for record in broker.records("t.g.dlt")}
        return all(event in effects or event in dead for event in events.values())

    topics = ["t", "t.g.retry"]
    for _ in range(1 + sum(script.count("crash") for script in scripts)):
        crashed.clear()
        source = MemorySource(broker, "g")
        member = ConsumerLoop(subscription, Handler(StringValue, handle), source, broker, Lifecycle(1.0))
        await member.start()
        async with asyncio.timeout(60):
            while not crashed.is_set() and not (ended() and _stored(broker, source, topics)):
                await asyncio.sleep(0.002)
        if crashed.is_set():
            crash(member)
            continue
        await member.quiesce()
        await member.drain(60.0)
        await member.close()
        break
    assert ended()
    assert broker.lag("g", topics) == 0
    assert all(count == 1 for count in effects.values()), "an effect happened twice"


def _stored(broker: MemoryBroker, source: MemorySource, topics: list[str]) -> bool:
    return all(
        len(broker.log.get(place, ())) in {0, source.stored.get(place, broker.committed.get(("g", place), 0))}
        for place in broker.places(topics)
    )
