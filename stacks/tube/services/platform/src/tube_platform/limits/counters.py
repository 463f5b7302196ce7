"""Who counts: the store while it answers, else each pod its share of the limit.

A limit that cannot be counted must not be an outage: requests go on, and stay limited. A store that is away is asked now and then, by one
request each time, so that the others do not wait for it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from tube_platform import logs, metrics
from tube_platform.lifecycle import Part
from tube_platform.limits.gcra import SECOND, Level, Limit, Verdict, decide
from tube_platform.limits.store import StoreError

log = logs.get(__name__)

_decisions = cache(metrics.rate_limit_decisions.labels)

MOST_KEYS = 10_000
"""Keys in the memory of a pod, two megabytes; beyond, whoever has not asked for longest is forgotten."""

FAILURES = 3
"""In a row, until the store is taken to be away: one late answer is no outage."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 8.0
"""Seconds without asking a store that is away: doubled after each look, and short enough that its return is noticed."""


class Counting(Protocol):
    """What counts for all pods together."""

    def at_hand(self, keys: Sequence[str], limits: Sequence[Limit]) -> Verdict | None:
        """Allow a request that was counted before; None where that is to be asked for."""
        ...

    async def count(self, keys: Sequence[str], limits: Sequence[Limit], within: float) -> Verdict:
        """Count a request under each key, or under none; raises StoreError."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


@dataclass(slots=True)
class InPod:
    """Counts in this process."""

    clock: Callable[[], float] = time.monotonic
    most: int = MOST_KEYS
    _until: OrderedDict[str, int] = field(default_factory=OrderedDict[str, int])

    def count(self, keys: Sequence[str], limits: Sequence[Limit]) -> Verdict:
        """Count a request under each key, or under none."""
        now = round(self.clock() * SECOND)
        taken, ahead = decide(limits, (self._until.get(key, now) - now for key in keys))
        for key, each in zip(keys, ahead, strict=True):
            self._until[key] = now + each
            self._until.move_to_end(key)
        while len(self._until) > self.most:
            self._until.popitem(last=False)
        levels = tuple(Level(limit, each) for limit, each in zip(limits, ahead, strict=True))
        return Verdict(taken > 0, levels, counted_in="pod")


@dataclass(slots=True)
class Counters(Part):
    """The store, and the pod in its place."""

    store: Counting
    pod: InPod
    timeout: float
    pods: int = 1
    clock: Callable[[], float] = time.monotonic
    name: str = "rate limits"
    _failures: int = 0
    _pause: float = FIRST_PAUSE
    _resumes: float | None = None
    _looking: bool = False

    async def count(self, keys: Sequence[str], limits: Sequence[Limit]) -> Verdict:
        """Count a request under each key, or under none. It never fails."""
        found = None
        if self._may_ask():
            found = self.store.at_hand(keys, limits) or await self._in_store(keys, limits)
        if found is None:
            found = self.pod.count(keys, [limit.shared(self.pods) for limit in limits])
        outcome = "allowed" if found.allowed else "refused"
        _decisions(outcome, found.counted_in).inc()
        return found

    async def close(self) -> None:
        """Let go of the store."""
        await self.store.close()

    def _may_ask(self) -> bool:
        """Whether the store is there as far as is known; where it is not, whether it is time for one request to look."""
        return self._resumes is None or (not self._looking and self.clock() >= self._resumes)

    async def _in_store(self, keys: Sequence[str], limits: Sequence[Limit]) -> Verdict | None:
        looks = self._resumes is not None
        self._looking = self._looking or looks
        try:
            found = await self.store.count(keys, limits, self.timeout)
        except StoreError as error:
            metrics.rate_limit_store_errors.inc()
            self._failed(error, looks=looks)
            return None
        finally:
            self._looking = self._looking and not looks
        self._answered()
        return found

    def _failed(self, error: StoreError, *, looks: bool) -> None:
        self._failures += 1
        if looks:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        elif self._resumes is not None or self._failures < FAILURES:
            return  # those that were on their way when it went away change nothing more
        else:
            log.warning("rate limits are counted in this pod: the store is away", error=str(error))
        self._resumes = self.clock() + self._pause

    def _answered(self) -> None:
        if self._resumes is not None:
            log.info("rate limits are counted in the store again")
        self._failures, self._pause, self._resumes = 0, FIRST_PAUSE, None
