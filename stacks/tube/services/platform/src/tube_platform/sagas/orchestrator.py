"""The part of a process that goes on with sagas that are due. Every pod of the owner runs one; a row is in the hands of one at a time."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import psycopg

from tube_platform import logs, metrics, postgres
from tube_platform.errors import Problem
from tube_platform.lifecycle import Lifecycle, Part
from tube_platform.sagas import keys, store
from tube_platform.sagas.decisions import State
from tube_platform.sagas.engine import Attempt, Engine

log = logs.get(__name__)

POLL = 1.0
"""Seconds after which pauses that ended, and what pods that died have left, are looked for; what is begun here is taken at once."""

SLOTS = 8
"""Sagas in hand at a time."""

OBSERVE_EVERY = 15.0
CLEAN_EVERY = 3600.0
FAILURE_PAUSE = 1.0
"""Seconds after the database did not answer."""

RELEASE_LIMIT = 3.0
"""Seconds that a process that ends has for giving back what it has in hand; then that waits until its time is over."""

STUCK = "stuck"
"""Shown in place of the way that a saga goes while a person should look at it."""


@dataclass(slots=True)
class Orchestrator(Part):
    """Runs as long as the process."""

    engine: Engine
    lifecycle: Lifecycle
    name: str = "sagas"
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SLOTS))
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _loops: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    _attempts: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _seen: set[str] = field(default_factory=set[str])
    """Also sagas that the topology has dropped while some of them were under way: nobody goes on with those."""

    def __post_init__(self) -> None:
        """A commit that made a saga due wakes the orchestrator."""
        self.engine.database.on_commit(self._committed)

    async def start(self) -> None:
        """Begin to take what is due."""
        self._loops = [
            self.lifecycle.watch(self.name, self._run()),
            self.lifecycle.watch("counting of sagas", self._keep()),
        ]

    async def quiesce(self) -> None:
        """Take nothing more."""
        for task in self._loops:
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops = []

    async def drain(self, seconds: float) -> None:
        """Let the attempts in hand end."""
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=seconds)

    async def close(self) -> None:
        """Stop. What is in hand is left to another process, which takes it at once; what came of a call is written down before."""
        await self.quiesce()
        self.engine.ending = True
        for task in tuple(self.engine.calling):
            task.cancel()
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=RELEASE_LIMIT)
        for task in self._attempts:
            task.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)

    async def observe(self) -> None:
        """Put the states of the sagas into the metrics."""
        counts = await self.engine.database.read(store.count)
        self._seen |= self.engine.sagas.keys() | {each.name for each in counts}
        for name in self._seen:
            found = {each.state: each for each in counts if each.name == name}
            for state in (State.RUNNING, State.COMPENSATING, STUCK):
                metrics.sagas.labels(name, state).set(found[state].sagas if state in found else 0)
            oldest = max((each.seconds for each in found.values()), default=0.0)
            metrics.saga_oldest_seconds.labels(name).set(oldest)

    async def clean(self, keep: float = keys.KEEP) -> None:
        """Forget sagas that ended long ago; for so long the key of one begins no other."""
        await postgres.forget(
            self.engine.database,
            "delete from sagas where ctid = any(array(select ctid from sagas "
            "where finished_at < now() - make_interval(secs => %(age)s) limit %(most)s))",
            keep,
        )

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            await self._slots.acquire()
            taken = None
            try:
                taken = await self._take()
            except (Problem, psycopg.Error, OSError) as error:
                log.warning("sagas wait for the database", error=repr(error))
                await asyncio.sleep(FAILURE_PAUSE)
            finally:
                if taken is None:
                    self._slots.release()
            if taken is None:
                await self._sleep()
            else:
                self._begin(taken[0])

    async def _take(self) -> tuple[Attempt | None] | None:
        """What is due. What is written down as begun is made, or left to another where the process ends meanwhile."""
        taking = asyncio.create_task(self.engine.take())
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            with contextlib.suppress(Problem, psycopg.Error, OSError):
                taken = await taking
                if taken and taken[0]:
                    await self.engine.release(taken[0])
            raise

    def _begin(self, attempt: Attempt | None) -> None:
        task = asyncio.create_task(self.engine.follow(attempt), name="saga")
        self._attempts.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Whatever an attempt raises, its row is due again when its time is over."""
        self._attempts.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()):
            log.warning("the outcome of an attempt was not written down", error=repr(error), exc_info=error)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        cleaned = loop.time()
        while True:
            try:
                await self.observe()
                if loop.time() - cleaned > CLEAN_EVERY:
                    cleaned = loop.time()
                    await self.clean()
            except (Problem, psycopg.Error, OSError) as error:
                log.info("sagas are not counted", error=repr(error))
            await asyncio.sleep(OBSERVE_EVERY)

    def _committed(self) -> None:
        """Only news wakes: the outbox relay wakes at every commit, and the two would keep each other awake."""
        if self.engine.news:
            self.engine.news = False
            self._wake.set()

    async def _sleep(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self._wake.wait()
