"""The inbox (row F2.3): the id of an event is written in the transaction of its effect, so that a second delivery has none."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from tube_platform import postgres
from tube_platform.kafka.records import Received
from tube_platform.postgres import Connection, Database

KEEP = 45 * 86_400.0
"""Seconds that an event is remembered where the wiring says nothing: longer than a record can come back from a topic that keeps it for a week."""

type Effect = Callable[[Connection], Awaitable[None]]


class Effects(Protocol):
    """What handlers need of an inbox."""

    async def once(self, record: Received, effect: Effect, *, step: str = "") -> bool:
        """Run the effect in one transaction with the event's id; False when an earlier delivery did it.

        A `step` keeps effects of one event apart: what follows from a dead letter must not keep its replay from working.
        """
        ...

    async def done(self, record: Received) -> bool:
        """Whether an earlier delivery had its effect: saves long work, decides nothing."""
        ...


@dataclass(slots=True)
class Inbox:
    """Effects that happen once an event and consumer group."""

    database: Database

    async def once(self, record: Received, effect: Effect, *, step: str = "") -> bool:
        """Run the effect in one transaction with the event's id; False when an earlier delivery did it.

        A `step` keeps effects of one event apart: what follows from a dead letter must not keep its replay from working.
        """

        async def work(connection: Connection) -> bool:
            new = await postgres.execute(
                connection,
                "insert into inbox (consumer, event_id) values (%s, %s) on conflict do nothing",
                (f"{record.group}/{step}" if step else record.group, record.event_id),
            )
            if new:
                await effect(connection)
            return bool(new)

        # Repeatable: when the unknown commit did happen, the second run finds the id.
        return await self.database.transact(work, repeatable=True)

    async def done(self, record: Received) -> bool:
        """Whether an earlier delivery had its effect: saves long work, decides nothing."""

        async def work(connection: Connection) -> bool:
            query = "select exists (select from inbox where consumer = %s and event_id = %s)"
            return bool(await postgres.value(connection, query, (record.group, record.event_id)))

        return await self.database.read(work)

    async def clean(self, keep: float = KEEP) -> None:
        """Forget what can no longer come back, `keep` seconds after its effect."""
        await postgres.forget(
            self.database,
            "delete from inbox where ctid = any(array(select ctid from inbox "
            "where processed_at < now() - make_interval(secs => %(age)s) limit %(most)s))",
            keep,
        )
