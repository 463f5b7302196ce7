"""What a channel does with a record: one message, sent once as far as that can be known (rows M3, F2.3).

The inbox is asked before and written after. Between the message taken by the other side and the row committed here a process can die: then the
record comes again, and goes out a second time under the same key: the Message-ID of a mail, the Idempotency-Key of a request. Whether that is
seen as one is up to who receives it: nothing on this side can make it sure.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from tube_platform import logs
from tube_platform.channels.messages import Carrier
from tube_platform.inbox import Effects
from tube_platform.kafka.records import Received
from tube_platform.postgres import Connection

log = logs.get(__name__)


@dataclass(slots=True)
class Sending[E, M]:
    """The way from a record to somebody."""

    way: str
    inbox: Effects
    compose: Callable[[E], M]
    carrier: Carrier[M]
    _taken: set[uuid.UUID] = field(default_factory=set[uuid.UUID])
    """Messages that were taken and are not in the inbox yet: a database that is away is no reason to send again."""

    async def handle(self, event: E, record: Received) -> None:
        """Send what the record asks for, unless an earlier delivery did. A service composes it, so that a fault there is a fault of the record."""
        if await self.inbox.done(record):
            log.info("was sent before", way=self.way, event_id=str(record.event_id))
            self._taken.discard(record.event_id)
            return
        if record.event_id not in self._taken:
            await self.carrier.carry(self.compose(event), str(record.event_id))
            self._taken.add(record.event_id)
        await self.inbox.once(record, _nothing)
        self._taken.discard(record.event_id)
        log.info("sent", way=self.way, event_id=str(record.event_id))


async def _nothing(_: Connection) -> None:
    """The effect is outside; here it is only remembered."""
