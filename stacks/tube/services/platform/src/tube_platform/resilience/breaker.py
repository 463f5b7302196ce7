"""A circuit breaker that closes after a streak of healthy calls (row F1.7). It knows a clock and no network.

    closed ---- half of the calls fail, or too many in a row ---> open ---- its time is over ---> half-open
      ^                                                            ^                                  |
      |                                                            +------------ a failure -----------+
      +------------------------------ a streak of healthy calls --------------------------------------+

Half-open, one call at a time and one a second goes through; all others are refused as if it were open. Each time that it opens again it stays
open twice as long, up to a limit. The figures come from the topology (reliability.md 4).

It is our own: no kept asyncio library closes after a streak with bounded probes, or lets gRPC's status decide what a failure is
(purgatory, aiobreaker, pybreaker and circuitbreaker were looked at).
"""

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import NamedTuple

from tube_platform.wiring import BreakerWiring

PROBE_EVERY = 1.0
"""Seconds between two calls that try whether the target is well again (reliability.md 4)."""

SLOTS = 10
"""The window is counted in so many parts: what is counted takes the same room at any rate of calls."""

SPREAD = 0.2
"""An open breaker waits up to so much less than its time, so that those of many pods do not try at the same moment."""


class State(StrEnum):
    """What a breaker does with calls."""

    CLOSED = "closed"
    HALF_OPEN = "half-open"
    OPEN = "open"


class Verdict(Enum):
    """What the end of a call says of its target."""

    HEALTHY = "healthy"
    FAILED = "failed"
    NOTHING = "nothing"
    """The caller gave up, or had no time to begin with."""


class Permit(NamedTuple):
    """A call that was let through, to be given back with what came of it."""

    age: int


@dataclass(slots=True)
class _Slot:
    began: float
    calls: int = 0
    failed: int = 0


def _ignored(_: State, __: str) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class Breaker:
    """The breaker of one target and one class of methods. `changed` hears of every transition, and why."""

    wiring: BreakerWiring
    changed: Callable[[State, str], None] = _ignored
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    state: State = State.CLOSED
    _age: int = 0
    """Counts transitions: what a call says that began before the last one is about another time."""
    _slots: deque[_Slot] = field(default_factory=deque[_Slot])
    _failures: int = 0
    _streak: int = 0
    _openings: int = 0
    _until: float = 0.0
    _probing: bool = False

    def enter(self) -> Permit | None:
        """Let a call through, or refuse it. A permit must be given back by `leave`, whatever comes of the call."""
        if self.refuses():
            return None
        if self.state is State.HALF_OPEN:
            self._probing, self._until = True, self.clock() + PROBE_EVERY
        return Permit(self._age)

    def refuses(self) -> bool:
        """Whether a call would be refused now. Whoever only makes a call where none would be must see when it may try again."""
        now = self.clock()
        if self.state is State.OPEN and now >= self._until:
            self._streak, self._probing, self._until = 0, False, now
            self._become(State.HALF_OPEN, "its time is over")
        if self.state is State.HALF_OPEN:
            return self._probing or now < self._until
        return self.state is State.OPEN

    def leave(self, permit: Permit, verdict: Verdict) -> None:
        """What came of a call."""
        if permit.age != self._age:
            return
        if self.state is State.HALF_OPEN:
            self._probed(verdict)
        elif verdict is not Verdict.NOTHING:
            self._count(verdict)

    def _probed(self, verdict: Verdict) -> None:
        self._probing = False
        if verdict is Verdict.FAILED:
            self._open("it failed again")
        elif verdict is Verdict.HEALTHY:
            self._streak += 1
            if self._streak >= self.wiring.close_after:
                self._openings, self._failures = 0, 0
                self._slots.clear()
                self._become(State.CLOSED, f"{self._streak} healthy calls in a row")

    def _count(self, verdict: Verdict) -> None:
        failed = verdict is Verdict.FAILED
        slot = self._slot()
        slot.calls += 1
        slot.failed += failed
        self._failures = self._failures + 1 if failed else 0
        if not failed:
            return
        calls, failures = sum(each.calls for each in self._slots), sum(each.failed for each in self._slots)
        if self._failures >= self.wiring.consecutive_failures:
            self._open(f"{self._failures} failures in a row")
        elif calls >= self.wiring.minimum_calls and failures >= calls * self.wiring.failure_ratio:
            self._open(f"{failures} of {calls} calls failed")

    def _slot(self) -> _Slot:
        now, window = self.clock(), self.wiring.window
        while self._slots and now - self._slots[0].began >= window:
            self._slots.popleft()
        if not self._slots or now - self._slots[-1].began >= window / SLOTS:
            self._slots.append(_Slot(now))
        return self._slots[-1]

    def _open(self, why: str) -> None:
        longest = min(self.wiring.open_max, self.wiring.open_for * 2.0 ** min(self._openings, 32))
        self._openings += 1
        self._until = self.clock() + longest * (1 - SPREAD * self.chance())
        self._become(State.OPEN, why)

    def _become(self, state: State, why: str) -> None:
        self.state = state
        self._age += 1
        self.changed(state, why)
