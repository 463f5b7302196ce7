"""What is answered in place of a callee (row F1.6): nothing of it, or what it said before.

Only methods without side effects have one: an empty answer to a write would say that it was done. A kept answer is fresh for `ttl`, and as long as
it is, nobody is asked again; older than that it is given when the callee does not answer, marked with its age, up to `max_stale`. It belongs to the
principal who asked: what one may see is not shown to another.
"""

import asyncio
import hashlib
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message

from tube_platform import principal
from tube_platform.resilience import degraded
from tube_platform.resilience.memory import Memory
from tube_platform.wiring import Call, WiringError, need

AGE = struct.Struct(">d")

MOST_KEPT_AT_ONCE = 64
"""Answers on their way into the cache; more are not kept, so that a slow cache does not fill the memory."""

type Kinds = dict[str, type[Message]]


class Fallback(Protocol):
    """Answers in place of a callee."""

    async def before(self, method: str, request: Message) -> Message | None:
        """An answer that saves the call."""
        ...

    def after(self, method: str, request: Message, answer: Message) -> None:
        """The callee has answered."""
        ...

    async def instead(self, method: str, request: Message) -> Message | None:
        """An answer where the callee gave none; None where there is nothing to say."""
        ...


def kinds(call: Call) -> Kinds:
    """The messages that the reading methods of a callee answer with, by the method's full name.

    Raises:
        WiringError: the contract that the code was generated from has no such method.
    """
    pool = descriptor_pool.Default()
    try:
        methods = pool.FindServiceByName(call.service).methods_by_name
        return {
            f"/{call.service}/{name}": message_factory.GetMessageClass(methods[name].output_type)
            for name in call.reads
        }
    except KeyError as error:
        raise WiringError(f"the contracts have no {error}: the topology and the code disagree") from error


@dataclass(slots=True)
class Empty:
    """An answer without the part."""

    part: str
    kinds: Kinds

    async def before(self, method: str, request: Message) -> Message | None:
        """Nothing is known before."""
        return None

    def after(self, method: str, request: Message, answer: Message) -> None:
        """Nothing is kept."""

    async def instead(self, method: str, request: Message) -> Message | None:
        """A message with nothing in it."""
        kind = self.kinds.get(method)
        if kind is not None:
            degraded.without(self.part)
        return kind() if kind else None


@dataclass(slots=True)
class Cached:
    """The last good answer. `ttl` and `max_stale` in seconds; `clock` tells the time of day, which pods share."""

    part: str
    kinds: Kinds
    memory: Memory
    ttl: float
    max_stale: float
    clock: Callable[[], float] = time.time
    _keeping: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def before(self, method: str, request: Message) -> Message | None:
        """An answer that is still fresh."""
        if self.ttl <= 0:
            return None
        found, age = await self._kept(method, request)
        return found if age < self.ttl else None

    def after(self, method: str, request: Message, answer: Message) -> None:
        """Keep the answer; nobody waits for that."""
        if method in self.kinds and len(self._keeping) < MOST_KEPT_AT_ONCE:
            value = AGE.pack(self.clock()) + answer.SerializeToString()
            task = asyncio.create_task(self.memory.put(self._key(method, request), value, self.max_stale))
            self._keeping.add(task)
            task.add_done_callback(self._keeping.discard)

    async def instead(self, method: str, request: Message) -> Message | None:
        """The last good answer, if it is not too old."""
        found, age = await self._kept(method, request)
        if found is None or age > self.max_stale:
            return None
        degraded.stale(self.part, age)
        return found

    async def _kept(self, method: str, request: Message) -> tuple[Message | None, float]:
        kind = self.kinds.get(method)
        value = await self.memory.get(self._key(method, request)) if kind else None
        if kind is None or value is None or len(value) < AGE.size:
            return None, float("inf")
        (at,) = AGE.unpack_from(value)
        try:
            return kind.FromString(value[AGE.size :]), max(0.0, self.clock() - at)
        except DecodeError:
            return None, float("inf")

    def _key(self, method: str, request: Message) -> str:
        asked = (principal.current() or "").encode() + b"\0" + request.SerializeToString(deterministic=True)
        return f"answers:{method}:{hashlib.sha256(asked).hexdigest()}"


def fallback(part: str, call: Call, memory: Callable[[str], Memory]) -> Fallback | None:
    """The fallback that the topology names for a call; None where the answer is the error. `memory` gives a cache by its name."""
    own = call.fallback
    if own is None or own.kind not in {"empty", "cache"}:
        return None
    if own.kind == "empty":
        return Empty(part, kinds(call))
    cache = memory(need(own.cache, f"cache for the fallback of {part}"))
    return Cached(part, kinds(call), cache, own.ttl or 0.0, own.max_stale or 0.0)
