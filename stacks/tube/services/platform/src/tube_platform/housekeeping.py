"""Small recurring work on the service's own database: pool metrics, and rows that can no longer matter, of the platform and of the service."""

import asyncio
from dataclasses import dataclass

import psycopg

from tube_platform import logs, postgres
from tube_platform.errors import Problem
from tube_platform.idempotency import Idempotency
from tube_platform.inbox import KEEP, Inbox
from tube_platform.lifecycle import Lifecycle, Part
from tube_platform.postgres import Database

log = logs.get(__name__)

OBSERVE_EVERY = 15.0
CLEAN_EVERY = 3600.0


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
            await Idempotency(self.database).clean()
            await Inbox(self.database).clean(self.keep)
            for rows in self.database.passing:
                await postgres.forget(self.database, rows.query, rows.age)
        except Problem as problem:
            log.info("cleaning waits for the database", reason=problem.reason)
        except psycopg.Error as error:  # a statement is wrong: no reason to end a process that serves
            log.exception("cleaning failed", sqlstate=error.sqlstate)
