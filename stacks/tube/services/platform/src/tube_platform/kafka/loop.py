"""The consumer loop: at least once, with the offset stored only after the effect (rows F2.2, F2.3).

The loop polls all the time, also while handlers run for minutes, so the member keeps its place in the group; what it cannot take it pauses.
Offsets go to Kafka as low-water marks: everything below was handled, sent to a retry topic, or acknowledged as a dead letter. If the process
dies anywhere, what was not stored comes again, and the inbox makes the second time harmless.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import structlog
from google.protobuf.message import DecodeError, Message
from opentelemetry.trace import SpanKind

from tube_platform import constraints, deadlines, logs, metrics, telemetry
from tube_platform.kafka import letters
from tube_platform.kafka.failures import (
    Failure,
    HandlerTimeoutError,
    Poison,
    classify,
)
from tube_platform.kafka.lanes import KEY, NONE, PARTITION, Lane
from tube_platform.kafka.records import (
    EVENT_ID,
    TYPE,
    FatalClientError,
    Outgoing,
    Partition,
    Publisher,
    Received,
    Source,
)
from tube_platform.lifecycle import Lifecycle, Part
from tube_platform.wiring import Subscription, need

log = logs.get(__name__)

POLL = 0.2
BACKOFF_FIRST = 0.2
BACKOFF_MOST = 10.0
"""Seconds between attempts while a dependency is down."""

REVOKE_LIMIT = 10.0
"""Seconds that a rebalance waits for handlers of the partitions that go away."""

BEFORE_EFFECT = "before-effect"

OUTCOMES = ("done", "skipped", "retried", "dead")
"""What becomes of a record."""

BURIAL_ATTEMPTS = 10
"""How often a service's reaction to a dead letter is tried when it fails by its own fault."""

type Handle[M] = Callable[[M, Received], Awaitable[None]]
type Bury[M] = Callable[[M | None, Received, str], Awaitable[None]]


async def _nothing(*_: object) -> None:
    """A service that does nothing about dead letters."""


@dataclass(frozen=True, slots=True)
class Handler[M: Message]:
    """What a service does with the records of a topic."""

    message: type[M]
    handle: Handle[M]
    dead_lettered: Bury[M] = _nothing
    """Called after the dead letter was acknowledged, with a reason that users may read. It may be called again."""

    def decode(self, record: Received) -> M:
        """The message of a record; raises Poison."""
        name = record.header(TYPE)
        if name and name != self.message.DESCRIPTOR.full_name:
            raise Poison(f"the record carries {name}, not {self.message.DESCRIPTOR.full_name}")
        if not record.value:
            raise Poison("the record has no value")
        try:
            found = self.message.FromString(record.value)
        except DecodeError as error:
            raise Poison(f"the record is no {self.message.DESCRIPTOR.full_name}") from error
        if broken := constraints.broken(found):
            raise Poison(f"the record breaks its contract: {constraints.text(broken)}")
        return found


@dataclass(slots=True)
class ConsumerLoop(Part):
    """Reads a topic and its retry topics as one member of a group."""

    subscription: Subscription
    handler: Handler[Any]
    source: Source
    publisher: Publisher
    lifecycle: Lifecycle
    name: str = "consumer"
    clock: Callable[[], float] = time.time
    _lanes: dict[Partition, Lane] = field(default_factory=dict[Partition, Lane])
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "kafka-consumer"))
    _stopping: bool = False
    _loop: asyncio.AbstractEventLoop = field(init=False)
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Join the group."""
        constraints.prepare([self.handler.message.DESCRIPTOR])
        self._loop = asyncio.get_running_loop()
        topics = [self.subscription.topic, *(retry.topic for retry in self.subscription.retry_topics)]
        await self._call(self.source.subscribe, topics, self._assigned, self._revoked, self._lost)
        self._task = self.lifecycle.watch(f"consumer of {self.subscription.topic}", self._run())

    async def quiesce(self) -> None:
        """Take no more records."""
        self._stopping = True
        for lane in self._lanes.values():
            lane.drop_waiting()

    async def drain(self, seconds: float) -> None:
        """Let the handlers in hand end."""
        if self._task:
            await asyncio.wait({self._task}, timeout=seconds)
        await self._end(self._lanes.values(), seconds)

    async def close(self) -> None:
        """Commit what is done, and leave."""
        await self._call(self._leave, self._marks(self._lanes.values()))
        self._thread.shutdown(wait=False)

    async def _run(self) -> None:
        while not self._stopping:
            self._dispatch()
            offsets = self._marks(self._lanes.values())
            pause, resume = self._flow()
            most = max(1, self.subscription.max_poll_records)
            for record in await self._call(self._turn, offsets, pause, resume, most):
                self._take_in(record)

    def _turn(
        self, offsets: dict[Partition, int], pause: list[Partition], resume: list[Partition], most: int
    ) -> list[Received]:
        """One visit to the client, on its thread."""
        if offsets:
            self.source.store(offsets)
        if pause:
            self.source.pause(pause)
        if resume:
            self.source.resume(resume)
        records = self.source.consume(most, POLL)
        if records and self._at_most_once:
            self.source.store({record.partition: record.offset + 1 for record in records})
            if not self.source.commit():  # handled now, they could be handled again
                raise FatalClientError(
                    "the offsets of records that may be handled only once were not committed"
                )
        return records

    def _take_in(self, record: Received) -> None:
        lane = self._lanes.get(record.partition)
        if lane is not None:  # else it was read just before the partition went away
            lane.add(record)

    def _flow(self) -> tuple[list[Partition], list[Partition]]:
        """Partitions to pause and to resume: nothing is fetched while enough waits, nor behind a record that is not due.

        What is not due yet pauses its own partition only: a retry that waits a minute must not keep new records waiting.
        """
        now, pause, resume = self.clock(), list[Partition](), list[Partition]()
        due = sum(len(lane.waiting) for lane in self._lanes.values() if lane.due(now))
        full = due >= self.subscription.max_poll_records
        for lane in self._lanes.values():
            wanted = full or (bool(lane.waiting) and not lane.due(now))
            if wanted != lane.paused:
                lane.paused = wanted
                (pause if wanted else resume).append(lane.partition)
        return pause, resume

    def _dispatch(self) -> None:
        """Begin what may be begun, a record from each lane in turn."""
        free = self.subscription.concurrency - sum(len(lane.tasks) for lane in self._lanes.values())
        lanes = list(self._lanes.values())
        while free > 0 and lanes and not self._stopping:
            lane = lanes.pop(0)
            if record := lane.take(self.clock()):
                self._begin(lane, record)
                lanes.append(lane)
                free -= 1

    def _begin(self, lane: Lane, record: Received) -> None:
        task = asyncio.create_task(self._settle(record))
        lane.tasks[record.offset] = task
        task.add_done_callback(lambda done: self._ended(lane, record, done))

    def _ended(self, lane: Lane, record: Received, task: asyncio.Task[None]) -> None:
        lane.tasks.pop(record.offset, None)
        if task.cancelled():
            return
        if error := task.exception():
            self.lifecycle.fail(error)
            return
        lane.finish(record)
        self._dispatch()

    # What happens to one record. When this returns, its offset may be stored.

    async def _settle(self, record: Received) -> None:
        topic = record.partition.topic
        with (
            structlog.contextvars.bound_contextvars(
                event_id=str(record.event_id), topic=topic, offset=record.offset
            ),
            telemetry.span(
                f"process {self.subscription.topic}",
                SpanKind.CONSUMER,
                telemetry.extract(_carrier(record)),
                attributes=_about(record),
            ) as span,
        ):
            mine = letters.addressed(record, self.subscription.group)
            outcome = await self._attempts(record) if mine else "skipped"
            span.set_attribute("messaging.outcome", outcome)
            if outcome in {"retried", "dead"}:
                telemetry.failed(span, outcome)
        metrics.records_handled.labels(topic, self.subscription.group, outcome).inc()

    async def _attempts(self, record: Received) -> str:
        tried, down = letters.attempt(record), 0
        while True:
            try:
                await self._attempt(record)
                return "done"
            except Exception as error:  # noqa: BLE001 - every failure has a class, and every class a way
                kind, cause = classify(error), error
            if kind is Failure.DEPENDENCY:
                down += 1
                log.warning("a dependency is down, the record waits", error=repr(cause), attempt=down)
                await asyncio.sleep(_backoff(down))
            elif kind is Failure.BUSINESS and self._in_place(tried):
                log.warning("the handler failed, trying again in place", attempt=tried, exc_info=cause)
                await asyncio.sleep(_backoff(tried))
                tried += 1
            else:
                return await self._send_away(record, kind, cause, tried)

    async def _attempt(self, record: Received) -> None:
        limit = self.subscription.handler_timeout
        began = time.monotonic()
        scope = asyncio.timeout(limit)
        try:
            with _cancelled_by_us():
                async with scope:
                    with deadlines.within(limit):
                        await self.handler.handle(self.handler.decode(record), record)
        except TimeoutError as error:
            if scope.expired():
                raise HandlerTimeoutError(f"the handler took longer than {limit:g} s") from error
            raise
        finally:
            elapsed = time.monotonic() - began
            metrics.record_seconds.labels(record.partition.topic, self.subscription.group).observe(elapsed)

    def _in_place(self, tried: int) -> bool:
        """A retry topic lets later records pass, so where order matters the partition waits instead."""
        return self.subscription.ordering in {KEY, PARTITION} and tried < self.subscription.attempts

    async def _send_away(self, record: Received, kind: Failure, error: Exception, tried: int) -> str:
        ordered = self.subscription.ordering != NONE
        if (
            kind is Failure.BUSINESS
            and not ordered
            and (later := letters.next_retry(self.subscription, tried))
        ):
            log.warning("the handler failed, trying again later", retry_topic=later.topic, exc_info=error)
            await self._publish(letters.retry(record, later.topic, error))
            return "retried"
        log.error("dead letter", error_class=kind.value, reason=letters.reason(error), attempt=tried)
        await self._publish(letters.dead(record, self.subscription.dead_letter_topic, kind, error, tried))
        await self._react(record, letters.told(error))
        return "dead"

    async def _publish(self, outgoing: Outgoing) -> None:
        """Until the brokers have it: before that the source offset must not move."""
        attempt = 0
        while True:
            try:
                with _cancelled_by_us():
                    return await self.publisher.send(outgoing)
            except Exception as error:  # noqa: BLE001 - there is no other way out than through
                attempt += 1
                log.warning("record not acknowledged, trying again", to=outgoing.topic, error=repr(error))
                await asyncio.sleep(_backoff(attempt))

    async def _react(self, record: Received, reason: str) -> None:
        """Let the service tell its users. The dead letter is safe already."""
        attempt = 0
        while True:
            try:
                with _cancelled_by_us():
                    return await self.handler.dead_lettered(self._decoded(record), record, reason)
            except Exception as error:
                attempt += 1
                if classify(error) is not Failure.DEPENDENCY and attempt >= BURIAL_ATTEMPTS:
                    log.exception("the reaction to a dead letter failed for good")
                    return None
                log.warning("the reaction to a dead letter failed", error=repr(error))
                await asyncio.sleep(_backoff(attempt))

    def _decoded(self, record: Received) -> Any:
        try:
            return self.handler.decode(record)
        except Poison:
            return None

    # Rebalances. The callbacks run on the client's thread, inside consume() or close().

    def _assigned(self, partitions: Sequence[Partition]) -> None:
        self._on_loop(self._open(partitions))

    def _revoked(self, partitions: Sequence[Partition]) -> None:
        if offsets := self._on_loop(self._give_up(partitions, REVOKE_LIMIT)):
            self.source.store(offsets)
        self.source.commit()

    def _lost(self, partitions: Sequence[Partition]) -> None:
        self._on_loop(
            self._give_up(partitions, 0.0)
        )  # somebody else has them already; there is nothing to commit

    def _on_loop[T](self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(REVOKE_LIMIT + 5.0)

    async def _open(self, partitions: Sequence[Partition]) -> None:
        for partition in partitions:
            delay = letters.delay_of(self.subscription, partition.topic)
            self._lanes[partition] = Lane(partition, self.subscription.ordering, delay)
            # A counter that begins with its first event has not grown by it, whoever asks `increase`.
            for outcome in OUTCOMES:
                metrics.records_handled.labels(partition.topic, self.subscription.group, outcome)
        metrics.rebalances.labels(*self._names).inc()
        metrics.partitions_assigned.labels(*self._names).set(len(self._lanes))
        log.info("partitions assigned", count=len(partitions), total=len(self._lanes))

    async def _give_up(self, partitions: Sequence[Partition], seconds: float) -> dict[Partition, int]:
        lanes = [self._lanes[partition] for partition in partitions if partition in self._lanes]
        for lane in lanes:
            lane.drop_waiting()
        await self._end(lanes, seconds)
        offsets = self._marks(lanes)
        for lane in lanes:
            self._lanes.pop(lane.partition, None)
        metrics.partitions_assigned.labels(*self._names).set(len(self._lanes))
        log.info("partitions given up", count=len(lanes), total=len(self._lanes))
        return offsets

    # Small things.

    async def _end(self, lanes: Any, seconds: float) -> None:
        """Wait for handlers, then cancel them: their records come again."""
        tasks: set[asyncio.Task[None]] = {task for lane in lanes for task in lane.tasks.values()}
        if not tasks:
            return
        if seconds > 0:
            _, tasks = await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _leave(self, offsets: dict[Partition, int]) -> None:
        if offsets:
            self.source.store(offsets)
        self.source.commit()
        self.source.close()

    @property
    def _names(self) -> tuple[str, str]:
        """Topic and group, for the metrics: a group may read several topics, each by a member of its own."""
        return self.subscription.topic, self.subscription.group

    @property
    def _at_most_once(self) -> bool:
        """Offsets are committed before the effect, because the topology says so: a record is handled once or never."""
        return self.subscription.commit == BEFORE_EFFECT

    def _marks(self, lanes: Any) -> dict[Partition, int]:
        if self._at_most_once:
            return {}
        found = ((lane.partition, lane.mark.to_store()) for lane in lanes)
        return {partition: offset for partition, offset in found if offset is not None}

    async def _call[**P, T](self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Run something on the client's one thread."""
        return await self._loop.run_in_executor(self._thread, lambda: work(*arguments, **named))


@contextlib.contextmanager
def _cancelled_by_us() -> Generator[None]:
    """Cancelled is a record's task by us, when its partition goes away or the process ends. What it waited for may be cancelled by others: that has failed."""
    try:
        yield
    except asyncio.CancelledError as error:
        if need(asyncio.current_task(), "task").cancelling():
            raise
        raise RuntimeError("something that the handler waited for was cancelled") from error


def _carrier(record: Received) -> dict[str, str]:
    value = record.header(telemetry.HEADER)
    return {telemetry.HEADER: value} if value else {}


def _about(record: Received) -> dict[str, str | int]:
    """What a span says of a record: where it lies, and nothing of what it carries."""
    return {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.destination.name": record.partition.topic,
        "messaging.destination.partition.id": str(record.partition.number),
        "messaging.kafka.offset": record.offset,
        "messaging.consumer.group.name": record.group,
        "messaging.message.id": str(record.event_id),
    }


def _backoff(attempt: int) -> float:
    most = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** min(attempt, 10))
    return random.uniform(most / 2, most)  # noqa: S311 - jitter


__all__ = ["EVENT_ID", "Bury", "ConsumerLoop", "Handle", "Handler"]
