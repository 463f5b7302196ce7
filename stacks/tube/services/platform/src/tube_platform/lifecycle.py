"""The life of a service process: parts start in order, end in order, and one that fails ends the process.

start    parts in the order they were added; then the process is started and ready
SIGTERM  readiness false -> every part quiesces (NOT_SERVING, no new records) -> every part finishes what it has in hand, within the
         drain time -> parts close in reverse order -> exit 0
fatal    the same with exit 1: a process that can no longer do its work must not stay in the balancing, or in a consumer group
"""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tube_platform import logs

log = logs.get(__name__)

LEAST_DRAIN = 1.0
"""Seconds that every part gets to finish, even when the ones before it used up the time."""

CLOSE_LIMIT = 5.0
"""Seconds after which a part that does not close is left behind."""


class Phase(StrEnum):
    """Where in its life the process is."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"


class Part:
    """Something with a life: a server, a pool, a consumer. What a part does not need, it leaves as it is."""

    name: str = "part"

    async def start(self) -> None:
        """Be usable afterwards; raise to end the process."""

    async def quiesce(self) -> None:
        """Take nothing new. Must be quick."""

    async def drain(self, seconds: float) -> None:
        """Finish what is in hand, within so many seconds."""

    async def close(self) -> None:
        """Let go of everything."""


@dataclass(slots=True)
class Lifecycle:
    """Starts parts, waits for the end, ends parts."""

    drain_seconds: float
    phase: Phase = Phase.STARTING
    failure: BaseException | None = None
    _parts: list[Part] = field(default_factory=list[Part])
    _running: list[Part] = field(default_factory=list[Part])
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _end: asyncio.Event = field(default_factory=asyncio.Event)

    def add[P: Part](self, part: P) -> P:
        """Register a part; parts start in this order."""
        self._parts.append(part)
        return part

    def watch(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work in the background. If it raises, the process ends."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def fail(self, error: BaseException) -> None:
        """End the process with exit code 1."""
        if self.failure is None:
            self.failure = error
        self._end.set()

    def stop(self) -> None:
        """End the process with exit code 0."""
        self._end.set()

    async def run(self) -> int:
        """The whole life; returns the exit code."""
        self._on_signals()
        try:
            if await self._start():
                await self._end.wait()
        finally:
            await self._finish()
        return 1 if self.failure else 0

    async def _start(self) -> bool:
        starting = asyncio.create_task(self._start_parts())
        ending = asyncio.create_task(self._end.wait())
        await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not starting.done():
            starting.cancel()
            await asyncio.wait({starting})
            return False
        if error := starting.exception():
            log.error("start failed", error=repr(error), exc_info=error)
            self.failure = error
            return False
        self.phase = Phase.READY
        log.info("ready")
        return True

    async def _start_parts(self) -> None:
        for part in self._parts:
            self._running.append(part)
            await part.start()

    async def _finish(self) -> None:
        self.phase = Phase.DRAINING
        log.info("ending", failure=repr(self.failure) if self.failure else None)
        loop = asyncio.get_running_loop()
        end = loop.time() + (LEAST_DRAIN if self.failure else self.drain_seconds)
        for part in self._running:
            await self._guard(part, "quiesce", part.quiesce(), CLOSE_LIMIT)
        for part in reversed(self._running):
            seconds = max(LEAST_DRAIN, end - loop.time())
            await self._guard(part, "drain", part.drain(seconds), seconds + LEAST_DRAIN)
        for part in reversed(self._running):
            await self._guard(part, "close", part.close(), CLOSE_LIMIT)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        log.info("ended")

    async def _guard(self, part: Part, step: str, work: Coroutine[Any, Any, None], seconds: float) -> None:
        """One step of one part; whatever it raises, the others still get theirs."""
        try:
            async with asyncio.timeout(seconds):
                await work
        except Exception as error:  # noqa: BLE001 - the rest must end all the same
            log.warning("part did not end well", part=part.name, step=step, error=repr(error))

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        if error := task.exception():
            log.error("background work failed", task=task.get_name(), error=repr(error), exc_info=error)
            self.fail(error)

    def _on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.stop)
