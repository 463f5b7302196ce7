"""A cache that holds answers of others. One that is away, slow or full costs little and breaks nothing: it then knows nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tube_platform import caches, logs, metrics
from tube_platform.lifecycle import Part
from tube_platform.resilience.breaker import Breaker, State, Verdict
from tube_platform.wiring import BreakerWiring, CacheWiring

log = logs.get(__name__)

LIMIT = 0.1
"""Seconds that a look may take. The answer itself is worth more than knowing it before."""

LARGEST = 256 * 1024
"""Bytes of an answer that is kept: caches are small, and evict others for a large one."""


class Memory(Protocol):
    """Keeps bytes for a while."""

    async def get(self, key: str) -> bytes | None:
        """What is kept, if anything is."""
        ...

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep a value for so many seconds."""
        ...


@dataclass(slots=True)
class ValkeyMemory(Part):
    """Bytes in Valkey. It connects when first asked; a breaker keeps a cache that is away from costing every request its LIMIT."""

    wiring: CacheWiring
    name: str = "cache"
    _breaker: Breaker = field(init=False)
    _client: Any = None

    def __post_init__(self) -> None:
        """Make the breaker."""
        self._breaker = Breaker(BreakerWiring(), self._told)

    async def start(self) -> None:
        """Load the client, which takes longer than a question may. Nothing connects yet: a cache that is away keeps nobody from starting."""
        self._loaded()

    async def get(self, key: str) -> bytes | None:
        """What is kept; None also where the cache does not answer."""
        return await self._ask(lambda client: client.get(key))

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep a value, if the cache takes it."""
        if len(value) <= LARGEST:
            await self._ask(lambda client: client.set(key, value, px=max(1, round(seconds * 1000))))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, question: Callable[[Any], Awaitable[Any]]) -> Any:
        permit = self._breaker.enter()
        if permit is None:
            return None
        verdict, client = Verdict.NOTHING, self._loaded()
        try:
            async with asyncio.timeout(LIMIT):
                found = await question(client)
            verdict = Verdict.HEALTHY
        except Exception:  # noqa: BLE001 - whatever is wrong with a cache, there is an answer without it
            metrics.cache_failed.labels(self.name).inc()
            verdict = Verdict.FAILED
            found = None
        finally:
            self._breaker.leave(permit, verdict)
        return found

    def _loaded(self) -> Any:
        if self._client is None:
            self._client = caches.client(self.wiring)
        return self._client

    def _told(self, state: State, why: str) -> None:
        log.warning("breaker of a cache", cache=self.name, state=state.value, why=why)
