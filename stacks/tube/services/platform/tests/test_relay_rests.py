"""The relay wakes for the commits of others and never for its own (row F2.4)."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from tube_platform.lifecycle import Lifecycle
from tube_platform.outbox import Relay
from tube_platform.postgres import Database
from tube_platform.wiring import OutboxWiring


class EmptyDatabase:
    """Every transaction commits, and finds nothing to send."""

    def __init__(self) -> None:
        self.transactions = 0
        self.listeners: list[Callable[[], None]] = []

    def on_commit(self, listener: Callable[[], None]) -> None:
        """As the real one."""
        self.listeners.append(listener)

    async def transact(self, work: object, *, repeatable: bool = False) -> int:
        """As the real one: listeners hear of it in the task that committed."""
        del work, repeatable
        self.transactions += 1
        await asyncio.sleep(0)
        for listener in self.listeners:
            listener()
        return 0


async def turns(count: int = 100) -> None:
    """Let every task that can run do so."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_an_empty_outbox_is_looked_at_once_a_poll_and_once_a_commit_of_others() -> None:
    """A relay that its own commit woke would look again at once, for ever."""
    database = EmptyDatabase()
    relay = Relay(cast("Database", database), cast("Any", None), OutboxWiring(poll=3600.0), Lifecycle(1.0))
    await relay.start()
    await turns()
    assert database.transactions == 1
    await database.transact(None)
    await turns()
    assert database.transactions == 3  # the one above, and the relay's
    await relay.close()
