"""Requests that are counted in advance: whoever asks again and again is not a question to the store each time.

A pod that is asked a second time within a moment has more requests counted with it, and answers the next ones by itself; each time
twice as many, until they last for the moment. Nobody is allowed more by this than the limit says and what pods have in their hands: at most
one in SPARED of what is left of it for each pod, so that close to its limit every request is a question again.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tube_platform.limits.counters import MOST_KEYS
from tube_platform.limits.gcra import SECOND, Level, Limit, Verdict
from tube_platform.limits.store import Taken

HELD_FOR = 1.0
"""Seconds until what was counted and not used is given back: so long the other pods know nothing of it."""

MOST = 255
"""Requests in advance, so that the busiest client is one question for each 256 of its requests."""


class Takes(Protocol):
    """What counts for all pods together, also several at once."""

    async def take(
        self, keys: Sequence[str], limits: Sequence[Limit], within: float, more: int = 0, back: int = 0
    ) -> Taken:
        """Count a request under each key, or under none, with up to so many `more`, and so many less; raises StoreError."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


@dataclass(slots=True)
class Held:
    """What is counted of some keys and not used yet.

    `requests` were counted last, of which so many are `left` until then; `whole` is when each key would be whole again, with all of them
    counted; `asks` while a request asks for more.
    """

    until: float
    requests: int = 1
    left: int = 0
    whole: tuple[int, ...] = ()
    asks: bool = False

    def use(self, limits: Sequence[Limit], now: float) -> Verdict:
        """One of them."""
        self.left -= 1
        at = round(now * SECOND)
        return Verdict(
            True,
            tuple(
                [
                    Level(limit, max(limit.interval, whole - at - self.left * limit.interval))
                    for limit, whole in zip(limits, self.whole, strict=True)
                ]
            ),
        )

    def wish(self, now: float) -> tuple[int, int]:
        """How many more to ask for, and how many to give back: twice as many as were used up within the moment, else as many as were used."""
        if now < self.until:
            return min(2 * self.requests - 1, MOST), 0
        back, self.left = self.left, 0
        return self.requests - back - 1, back

    def found(self, taken: Taken, now: float, *, asked: bool) -> None:
        """The store's answer, to the request that asked for more or to another one."""
        at = round(now * SECOND)
        self.whole = tuple([at + level.ahead for level in taken.levels])
        if asked:
            self.requests = max(1, taken.requests)
            self.left, self.until = self.requests - 1, now + HELD_FOR


@dataclass(slots=True)
class InAdvance:
    """The store, asked for several requests at once where that is worth it."""

    store: Takes
    clock: Callable[[], float] = time.monotonic
    most: int = MOST_KEYS
    """Keys that are remembered; beyond, the one whose counts are the oldest is forgotten with them."""
    _held: dict[str, Held] = field(default_factory=dict[str, Held])

    def at_hand(self, keys: Sequence[str], limits: Sequence[Limit]) -> Verdict | None:
        """Allow a request that was counted before; None where that is to be asked for."""
        held = self._held.get(_name(keys))
        if held is None or not held.left or (now := self.clock()) >= held.until:
            return None
        return held.use(limits, now)

    async def count(self, keys: Sequence[str], limits: Sequence[Limit], within: float) -> Verdict:
        """Count a request under each key, or under none, where none is at hand.

        Raises:
            StoreError: there was no answer within so many seconds.
        """
        name = _name(keys)
        held, left = self._held.get(name), 0
        if held is None:
            taken = await self.store.take(keys, limits, within)
            if name not in self._held:
                self._keep(name, Held(self.clock() + HELD_FOR))
        elif held.asks:
            taken = await self.store.take(keys, limits, within)
            held.found(taken, self.clock(), asked=False)
        else:
            taken = await self._more(held, keys, limits, within)
            self._keep(name, held)
            left = held.left
        return Verdict(taken.requests > 0, tuple([_without(level, left) for level in taken.levels]))

    async def close(self) -> None:
        """Let go of the store."""
        await self.store.close()

    async def _more(self, held: Held, keys: Sequence[str], limits: Sequence[Limit], within: float) -> Taken:
        held.asks = True
        try:
            taken = await self.store.take(keys, limits, within, *held.wish(self.clock()))
        finally:
            held.asks = False
        held.found(taken, self.clock(), asked=True)
        return taken

    def _keep(self, name: str, held: Held) -> None:
        """As the newest of all; what was counted of the oldest is lost to whom it was counted for, until its time has come."""
        self._held.pop(name, None)
        self._held[name] = held
        while len(self._held) > self.most:
            del self._held[next(iter(self._held))]


def _name(keys: Sequence[str]) -> str:
    return keys[0] if len(keys) == 1 else " ".join(keys)


def _without(level: Level, held: int) -> Level:
    """Where a key would be without what the pod holds: clients are told of what they used."""
    return level._replace(ahead=level.ahead - held * level.limit.interval) if held else level
