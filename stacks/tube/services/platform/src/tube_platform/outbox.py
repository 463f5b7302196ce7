"""The transactional outbox (row F2.4): an event is written in the transaction of its effect, and sent afterwards.

The relay takes unsent rows with FOR UPDATE SKIP LOCKED, so any number of pods may run one, and marks a row as sent only after the brokers
acknowledged it. A relay that dies in between sends the row again: delivery is at least once. There is no cursor over `seq`: numbers
are given before commits happen, so a cursor would step over rows that commit late (reliability.md 0.5).
"""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from google.protobuf.message import Message
from opentelemetry.trace import SpanKind
from psycopg.types.json import Jsonb

from tube_platform import constraints, logs, metrics, postgres, telemetry
from tube_platform.errors import Problem
from tube_platform.kafka.records import (
    CONTENT_TYPE,
    EVENT_ID,
    OCCURRED_AT,
    PROTOBUF,
    TYPE,
    Outgoing,
    Publisher,
    PublishError,
)
from tube_platform.lifecycle import Lifecycle, Part
from tube_platform.postgres import Connection, Database
from tube_platform.wiring import OutboxWiring, Publication, WiringError

log = logs.get(__name__)

KEEP_SENT = "1 day"
CLEAN_EVERY = 60.0
CLEAN_BATCH = 5000
OBSERVE_EVERY = 15.0
"""Seconds between two looks at what waits: apart from sending, which takes minutes where the brokers do not answer."""

FAILURE_PAUSE = 1.0
"""Seconds after a failed round; what waits is not lost, it is late."""


class ContractError(Exception):
    """A service writes what its contract does not allow."""


class Writes(Protocol):
    """What handlers need of an outbox."""

    async def add(
        self, connection: Connection, topic: str, message: Message, *, event_id: uuid.UUID | None = None
    ) -> uuid.UUID:
        """Write an event in the transaction of its effect; the event's id, a new one where none is given."""
        ...


@dataclass(slots=True)
class Outbox:
    """Writes events; which topics there are, and what their key is, comes from the topology."""

    publishes: Mapping[str, Publication]

    async def add(
        self, connection: Connection, topic: str, message: Message, *, event_id: uuid.UUID | None = None
    ) -> uuid.UUID:
        """Write an event in the transaction of its effect; the event's id, a new one where none is given.

        Whoever says something again gives its id again: inboxes know it by that. The row is one more all the same.
        """
        publication = self._publication(topic, message)
        _checked(topic, message)
        row = uuid.uuid4()
        event_id = event_id or row
        headers = {
            EVENT_ID: str(event_id),
            TYPE: message.DESCRIPTOR.full_name,
            CONTENT_TYPE: PROTOBUF,
            OCCURRED_AT: datetime.now(UTC).isoformat(),
            **telemetry.inject(),
        }
        key = str(getattr(message, publication.key) if publication.key else event_id).encode()
        await postgres.execute(
            connection,
            "insert into outbox (id, topic, key, payload, headers) values (%s, %s, %s, %s, %s)",
            (row, publication.topic, key, message.SerializeToString(), Jsonb(headers)),
        )
        return event_id

    def _publication(self, topic: str, message: Message) -> Publication:
        publication = self.publishes.get(topic)
        if publication is None:
            raise WiringError(f"the topology does not let this service publish {topic}")
        if message.DESCRIPTOR.full_name != publication.message:
            raise WiringError(f"{topic} carries {publication.message}, not {message.DESCRIPTOR.full_name}")
        return publication


def _checked(topic: str, message: Message) -> None:
    """A message that breaks its contract would be a dead letter of each of its readers: it is a fault of who writes it, and its effect is undone."""
    if broken := constraints.broken(message):
        raise ContractError(f"what is written to {topic} breaks its contract: {constraints.text(broken)}")


@dataclass(frozen=True, slots=True)
class Row:
    """A row that waits."""

    id: uuid.UUID
    topic: str
    key: bytes
    payload: bytes
    headers: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits, and for how long."""

    messages: int
    seconds: float


@dataclass(slots=True)
class Relay(Part):
    """Sends what the outbox holds."""

    database: Database
    publisher: Publisher
    wiring: OutboxWiring
    lifecycle: Lifecycle
    name: str = "outbox relay"
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _observer: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """A commit wakes the relay, so an event waits milliseconds; the poll is for rows of pods that died."""
        self.database.on_commit(self._committed)

    async def start(self) -> None:
        """Begin to send."""
        self._task = self.lifecycle.watch(self.name, self._run())
        self._observer = self.lifecycle.watch(f"{self.name}, its observer", self._observe())

    async def drain(self, seconds: float) -> None:
        """Send what the last requests wrote, if it can be done quickly; the other pods do the rest."""
        await self._end()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(min(seconds, 2.0)):
                while await self.send_batch():
                    pass

    async def close(self) -> None:
        """Stop; a batch in hand is rolled back, and sent again by whoever comes next."""
        await self._end()

    async def send_batch(self) -> int:
        """Send one batch and mark it; the number of rows that were sent."""
        return await self.database.transact(self._batch, repeatable=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        cleaned = loop.time()
        while True:
            self._wake.clear()
            try:
                full = await self.send_batch() >= self.wiring.batch
                if loop.time() - cleaned > CLEAN_EVERY and await self._clean() < CLEAN_BATCH:
                    cleaned = loop.time()  # else there is more: again after the next batch
            except (Problem, PublishError, OSError) as error:
                log.warning("outbox waits", error=repr(error))
                await asyncio.sleep(FAILURE_PAUSE)
                continue
            if not full:
                await self._sleep()

    async def _batch(self, connection: Connection) -> int:
        await postgres.execute(connection, "set local idle_in_transaction_session_timeout = 0")
        rows = await postgres.fetch(
            connection,
            Row,
            "select id, topic, key, payload, headers from outbox where sent_at is null "
            "order by seq limit %s for update skip locked",
            (self.wiring.batch,),
        )
        results = await asyncio.gather(*(self._send(row) for row in rows), return_exceptions=True)
        sent = [row for row, result in zip(rows, results, strict=True) if result is None]
        if sent:
            await postgres.execute(
                connection,
                "update outbox set sent_at = now() where id = any(%s)",
                ([row.id for row in sent],),
            )
        failures = [result for result in results if isinstance(result, BaseException)]
        for failure in failures[:1]:
            log.warning(
                "brokers did not acknowledge", failed=len(failures), sent=len(sent), error=repr(failure)
            )
            await asyncio.sleep(FAILURE_PAUSE)
        return len(sent)

    async def _send(self, row: Row) -> None:
        carried = {name: str(value) for name, value in row.headers.items()}
        about = {
            "messaging.system": "kafka",
            "messaging.operation.type": "send",
            "messaging.destination.name": row.topic,
        }
        parent = telemetry.extract(carried)
        with telemetry.span(f"send {row.topic}", SpanKind.PRODUCER, parent, attributes=about):
            headers = {**carried, **telemetry.inject()}
            outgoing = tuple((name, value.encode()) for name, value in headers.items())
            await self.publisher.send(Outgoing(row.topic, row.key, row.payload, outgoing))
        metrics.outbox_sent.labels(row.topic).inc()

    async def _clean(self) -> int:
        """Old rows go, a few at a time: dead tuples are how an outbox usually dies. The number of those that went."""

        async def work(connection: Connection) -> int:
            return await postgres.execute(
                connection,
                "delete from outbox where id in (select id from outbox where sent_at < now() - %s::interval limit %s)",
                (KEEP_SENT, CLEAN_BATCH),
            )

        return await self.database.transact(work, repeatable=True)

    async def observe(self) -> None:
        """Put into the metrics what waits."""

        async def work(connection: Connection) -> Waiting | None:
            return await postgres.fetch_one(
                connection,
                Waiting,
                "select count(*) as messages, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 "
                "as seconds from outbox where sent_at is null",
            )

        waiting = await self.database.read(work)
        metrics.outbox_unsent.set(waiting.messages if waiting else 0)
        metrics.outbox_oldest_seconds.set(waiting.seconds if waiting else 0)

    async def _observe(self) -> None:
        while True:
            await asyncio.sleep(OBSERVE_EVERY)
            try:
                await self.observe()
            except (Problem, OSError) as error:
                log.info("the outbox was not looked at", error=repr(error))

    def _committed(self) -> None:
        """The relay's own commits are no news: it would never sleep again."""
        if asyncio.current_task() not in {self._task, self._observer}:
            self._wake.set()

    async def _sleep(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.wiring.poll):
                await self._wake.wait()

    async def _end(self) -> None:
        for task in filter(None, (self._task, self._observer)):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._task = self._observer = None
