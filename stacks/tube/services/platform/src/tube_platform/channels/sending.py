"""What a channel does with a record: one message, sent once as far as that can be known (rows M3, F2.3).

The inbox is asked before and written after. Between the message taken by the other side and the row committed here a process can die: then the
record comes again, and goes out a second time under the same key: the Message-ID of a mail, the Idempotency-Key of a request. Whether that is
seen as one is up to who receives it: nothing on this side can make it sure.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from tube_platform import deadlines, logs
from tube_platform.channels.messages import Carrier
from tube_platform.errors import DeadlineExceeded, Unavailable
from tube_platform.inbox import Effects
from tube_platform.kafka.records import Received
from tube_platform.postgres import Connection

log = logs.get(__name__)

SPARE = 0.2
"""Seconds before the handler's limit by which all is given up: what is cut off there counts as an attempt, though the message may be out."""

REMEMBERING = 1.0
"""Seconds of the handler's time that are the inbox's, after the other side was waited for."""

MOST = 1000
"""Messages that are kept in mind: more than can be in hand, and what is in hand is the newest."""


@dataclass(slots=True)
class Sending[E, M]:
    """The way from a record to somebody."""

    way: str
    inbox: Effects
    compose: Callable[[E], M]
    carrier: Carrier[M]
    _taken: dict[uuid.UUID, None] = field(default_factory=dict[uuid.UUID, None])
    """Messages that were taken and are not in the inbox yet, oldest first: a database that is away is no reason to send again."""
    _alone: WeakValueDictionary[uuid.UUID, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[uuid.UUID, asyncio.Lock]
    )
    """Who is at work on a message. An outbox may write a record twice, and both may be in hand at once."""

    async def handle(self, event: E, record: Received) -> None:
        """Send what the record asks for, unless an earlier delivery did. A service composes it, so that a fault there is a fault of the record."""
        async with self._alone.setdefault(record.event_id, asyncio.Lock()):
            with deadlines.keeping(SPARE):
                await self._once(event, record)

    async def _once(self, event: E, record: Received) -> None:
        key = record.event_id
        if await _answered(self.inbox.done(record)):
            log.info("was sent before", way=self.way, event_id=str(key))
            self._taken.pop(key, None)
            return
        if key not in self._taken:
            message = self.compose(event)
            with deadlines.keeping(REMEMBERING):
                await self.carrier.carry(message, str(key))
            self._keep_in_mind(key)
        await _answered(self.inbox.once(record, _nothing))
        self._taken.pop(key, None)
        log.info("sent", way=self.way, event_id=str(key))

    def _keep_in_mind(self, key: uuid.UUID) -> None:
        """Its record may go to another pod before the inbox answers: then nobody here hears of it again."""
        self._taken[key] = None
        while len(self._taken) > MOST:
            del self._taken[next(iter(self._taken))]


async def _answered[T](asked: Awaitable[T]) -> T:
    """What the inbox says. One that says nothing in time is away, which is no fault of the record."""
    try:
        return await asked
    except DeadlineExceeded as late:
        raise Unavailable("the inbox did not answer in time") from late


async def _nothing(_: Connection) -> None:
    """The effect is outside; here it is only remembered."""
