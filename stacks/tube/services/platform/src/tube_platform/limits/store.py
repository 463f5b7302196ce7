"""The store that counts for all pods together: one script in Valkey, on one connection, for all requests that came meanwhile.

Valkey's own clock is the only one, so that pods need not agree on the time. Keys end by themselves as soon as they say nothing.

A question to Valkey costs a process ten times what counting does, so the requests that come while one is on its way ask together in the next.
Each is counted as if it had asked alone, one after the other.
"""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any, NamedTuple

from tube_platform import caches
from tube_platform.limits.gcra import SPARED, Level, Limit
from tube_platform.wiring import CacheWiring

SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function count(first, many, more, back, at)
  local ahead, room = {}, math.huge
  for i = 1, many do
    local found = redis.pcall('GET', KEYS[first + i])
    if type(found) == 'table' then return '!' .. found.err end
    local interval, tolerance = tonumber(ARGV[at + 2 * i - 2]), tonumber(ARGV[at + 2 * i - 1])
    ahead[i] = math.min(math.max(0, tonumber(found or now) - now), tolerance)
    ahead[i] = math.max(0, ahead[i] - back * interval)
    room = math.min(room, math.floor((tolerance - ahead[i]) / interval))
  end
  local taken = math.min(1 + more, math.max(1, math.floor(room / $spared)), room)
  if taken > 0 or back > 0 then
    for i = 1, many do
      ahead[i] = ahead[i] + taken * tonumber(ARGV[at + 2 * i - 2])
      redis.call('SET', KEYS[first + i], now + ahead[i], 'PX', math.ceil(ahead[i] / 1000))
    end
  end
  table.insert(ahead, 1, taken)
  for i, each in ipairs(ahead) do ahead[i] = string.format('%.0f', each) end
  return table.concat(ahead, ' ')
end
local answers, key, at = {}, 0, 1
while at <= #ARGV do
  local many, more, back = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  table.insert(answers, count(key, many, more, back, at + 3))
  key, at = key + many, at + 3 + 2 * many
end
return table.concat(answers, ';')
""".replace("$spared", str(SPARED))
"""`gcra.decide` beside its data, so that nobody counts in between, for one request after the other; before the intervals and tolerances of each
stands how many there are, how many requests more are taken in advance, and how many are given back. The answer is one text, since a client takes its time for each number that it is given. Valkey writes the numbers
of a script with 17 digits; these have 16."""

MOST_AT_ONCE = 64
"""Requests in one question: Valkey does nothing else while a script runs."""


class StoreError(Exception):
    """The store did not answer, or not with a count."""


class Asked(NamedTuple):
    """What one request asks, and where it waits for the answer; until when, by the clock of the event loop."""

    keys: Sequence[str]
    limits: Sequence[Limit]
    more: int
    back: int
    until: float
    answer: asyncio.Future[list[int]]


class Taken(NamedTuple):
    """So many requests were counted, each under all keys, and how far ahead these are with all of them."""

    requests: int
    levels: tuple[Level, ...]


@dataclass(slots=True)
class Store:
    """Counts in Valkey. Nothing is connected before the first request, so that a pod starts without it."""

    wiring: CacheWiring
    _line: Any = field(init=False)
    _sha: str = field(default_factory=lambda: sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest())
    _waiting: list[Asked] = field(default_factory=list[Asked])
    _asking: asyncio.Task[None] | None = None
    _looks: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        """Make the connection."""
        self._line = caches.line(self.wiring)

    async def take(
        self, keys: Sequence[str], limits: Sequence[Limit], within: float, more: int = 0, back: int = 0
    ) -> Taken:
        """Count a request under each key, or under none; with it up to so many `more`, and so many less that were counted before.

        Raises:
            StoreError: there was no answer within so many seconds.
        """
        loop = asyncio.get_running_loop()
        asked = Asked(keys, limits, more, back, loop.time() + within, loop.create_future())
        self._waiting.append(asked)
        if self._looks is None:  # it may have to wait for an earlier question first
            self._looks = loop.call_at(asked.until, self._look)
        elif asked.until < self._looks.when():  # and whoever asked it may wait longer
            self._looks.cancel()
            self._looks = loop.call_at(asked.until, self._look)
        if self._asking is None:
            # Of nobody's request: neither its end nor its trace is that of the others who wait.
            self._asking = asyncio.create_task(self._ask(), context=Context())
        requests, *ahead = await asked.answer
        return Taken(requests, tuple(map(Level, limits, ahead)))

    async def close(self) -> None:
        """Let go of the connection."""
        if self._looks is not None:
            self._looks.cancel()
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})
        await self._line.disconnect(nowait=True)

    def _look(self) -> None:
        """Tell those who have waited long enough, and look again when the next one will have: one timer is enough for all."""
        loop = asyncio.get_running_loop()
        now, left = loop.time(), [asked for asked in self._waiting if not asked.answer.done()]
        for asked in left:
            if asked.until <= now:
                _tell(asked, StoreError("there is no answer yet"))
        later = [asked.until for asked in left if asked.until > now]
        self._looks = loop.call_at(min(later), self._look) if later else None

    async def _ask(self) -> None:
        """Ask for those who wait until nobody does. Where there is no answer to some, the others would wait in vain."""
        try:
            while together := self._next():
                for asked, found in zip(together, await self._answers(together), strict=True):
                    _tell(asked, found)
                del self._waiting[: len(together)]
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody is to wait for ever
            for asked in self._waiting:
                _tell(asked, error)
            self._waiting.clear()
        finally:
            self._asking = None

    def _next(self) -> list[Asked]:
        """Those who ask together next; who has gone meanwhile is not counted."""
        self._waiting = [asked for asked in self._waiting if not asked.answer.done()]
        return self._waiting[:MOST_AT_ONCE]

    async def _answers(self, together: Sequence[Asked]) -> list[bytes]:
        keys = [key for asked in together for key in asked.keys]
        arguments = list[int]()
        for asked in together:
            arguments += (len(asked.keys), asked.more, asked.back)
            for limit in asked.limits:
                arguments += (limit.interval, limit.tolerance)
        async with asyncio.timeout_at(max(asked.until for asked in together)):
            return (await self._run(keys, arguments)).split(b";")

    async def _run(self, keys: Sequence[str], arguments: Sequence[int]) -> bytes:
        from valkey.exceptions import NoScriptError

        try:
            await self._line.send_command("EVALSHA", self._sha, len(keys), *keys, *arguments)
            return await self._line.read_response()
        except NoScriptError:  # a new Valkey, or one that forgot it; with its text it is run and kept
            await self._line.send_command("EVAL", SCRIPT, len(keys), *keys, *arguments)
            return await self._line.read_response()


def _tell(asked: Asked, found: bytes | Exception) -> None:
    if asked.answer.done():
        return  # whoever asked has gone
    if isinstance(found, StoreError):
        asked.answer.set_exception(found)
    elif isinstance(found, Exception):
        asked.answer.set_exception(StoreError(f"{type(found).__name__}: {found}"))
    elif found.startswith(b"!"):
        asked.answer.set_exception(StoreError(found[1:].decode()))
    else:
        asked.answer.set_result([int(number) for number in found.split()])
