"""The store that counts for all pods together: one script in Valkey, one round trip a request.

Valkey's own clock is the only one, so that pods need not agree on the time. Keys end by themselves as soon as they say nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

from tube_platform import caches
from tube_platform.limits.gcra import Level, Limit, Verdict
from tube_platform.wiring import CacheWiring

SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local ahead, allowed = {}, 1
for i, key in ipairs(KEYS) do
  local interval, tolerance = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local until_then = tonumber(redis.call('GET', key) or now)
  ahead[i] = math.min(math.max(0, until_then - now), tolerance)
  if ahead[i] + interval > tolerance then allowed = 0 end
end
if allowed == 1 then
  for i, key in ipairs(KEYS) do
    ahead[i] = ahead[i] + tonumber(ARGV[2 * i - 1])
    redis.call('SET', key, now + ahead[i], 'PX', math.ceil(ahead[i] / 1000))
  end
end
table.insert(ahead, 1, allowed)
return ahead
"""
"""`gcra.decide` beside its data, so that nobody counts in between. Valkey writes the numbers of a script with 17 digits; these have 16."""


class StoreError(Exception):
    """The store did not answer, or not with a count."""


@dataclass(slots=True)
class Store:
    """Counts in Valkey. Nothing is connected before the first request, so that a pod starts without it."""

    wiring: CacheWiring
    _client: Any = field(init=False)
    _sha: str = field(default_factory=lambda: sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest())

    def __post_init__(self) -> None:
        """Make the client."""
        self._client = caches.client(self.wiring)

    async def count(self, keys: Sequence[str], limits: Sequence[Limit], within: float) -> Verdict:
        """Count a request under each key, or under none.

        Raises:
            StoreError: there was no answer within so many seconds.
        """
        from valkey.exceptions import ValkeyError

        arguments = [number for limit in limits for number in (limit.interval, limit.tolerance)]
        try:
            async with asyncio.timeout(within):
                allowed, *ahead = await self._run(keys, arguments)
        except (ValkeyError, OSError, TypeError, ValueError) as error:  # TimeoutError is an OSError
            raise StoreError(f"{type(error).__name__}: {error}") from error
        levels = tuple(Level(limit, each) for limit, each in zip(limits, ahead, strict=True))
        return Verdict(allowed == 1, levels)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _run(self, keys: Sequence[str], arguments: Sequence[int]) -> list[int]:
        from valkey.exceptions import NoScriptError

        try:
            return await self._client.evalsha(self._sha, len(keys), *keys, *arguments)
        except NoScriptError:  # a new Valkey, or one that forgot it; with its text it is run and kept
            return await self._client.eval(SCRIPT, len(keys), *keys, *arguments)
