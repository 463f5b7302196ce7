"""Small recurring work on the service's own database: pool metrics, and rows of the platform that can no longer matter."""

import asyncio
from dataclasses import dataclass

from tube_platform import logs, postgres
from tube_platform.errors import Problem
from tube_platform.inbox import KEEP, Inbox
from tube_platform.lifecycle import Lifecycle, Part
from tube_platform.postgres import Database

log = logs.get(__name__)

OBSERVE_EVERY = 15.0
CLEAN_EVERY = 3600.0
KEEP_ANSWERS = "3 days"
"""How long an idempotency key is remembered (reliability.md 5: 24 to 72 h)."""


@dataclass(slots=True)
class Housekeeping(Part):
    """Runs as long as the process."""

    database: Database
    lifecycle: Lifecycle
    keep: float = KEEP
    name: str = "housekeeping"

    async def start(self) -> None:
        """Begin."""
        self.lifecycle.watch(self.name, self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        cleaned = loop.time()
        while True:
            await asyncio.sleep(OBSERVE_EVERY)
            self.database.observe()
            if loop.time() - cleaned > CLEAN_EVERY:
                cleaned = loop.time()
                await self._clean()

    async def _clean(self) -> None:
        try:
            await postgres.forget(
                self.database,
                "delete from idempotency where ctid = any(array(select ctid from idempotency "
                "where created_at < now() - %s::interval limit %s))",
                KEEP_ANSWERS,
            )
            await Inbox(self.database).clean(self.keep)
        except Problem as problem:
            log.info("cleaning waits for the database", reason=problem.reason)
