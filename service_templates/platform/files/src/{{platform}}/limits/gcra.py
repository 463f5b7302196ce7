"""How many requests are too many: the generic cell rate algorithm (ITU-T I.371), a token bucket that is kept as one point in time.

Each request moves a key's time ahead by one interval; a key that is ahead by its whole tolerance has to wait. Times are
microseconds, whole numbers, so that the store and the pods come to the same answer.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

SECOND = 1_000_000

SPARED = 16
"""Of what is left of a limit, one in so many at most is taken in advance: what one pod has in its hand the others cannot give away."""


@dataclass(frozen=True)
class Limit:
    """So many requests a second in the long run, and so many at once."""

    rate: float
    burst: int

    @cached_property
    def interval(self) -> int:
        """The time that one request takes up."""
        return max(1, round(SECOND / self.rate))

    @cached_property
    def tolerance(self) -> int:
        """How far ahead a key may be."""
        return self.interval * self.burst

    @cached_property
    def said(self) -> str:
        """What clients are told of it: so many requests in so many seconds."""
        return f"q={self.burst};w={-(-self.tolerance // SECOND)}"

    def shared(self, parts: int) -> "Limit":
        """One of so many equal parts of it. Nobody is left without a request."""
        return Limit(self.rate / parts, max(1, math.ceil(self.burst / parts)))


class Level(NamedTuple):
    """How far ahead a key is of a limit after a request was counted, or was not."""

    limit: Limit
    ahead: int

    @property
    def remaining(self) -> int:
        """Requests that may come at once."""
        return max(0, self.limit.tolerance - self.ahead) // self.limit.interval

    @property
    def wait(self) -> int:
        """The time until one request may come."""
        return max(0, self.ahead + self.limit.interval - self.limit.tolerance)


class Verdict(NamedTuple):
    """What becomes of a request: all its limits have to allow it, and then each has counted it; else none has."""

    allowed: bool
    levels: tuple[Level, ...]
    counted_in: str = "store"


def decide(
    limits: Sequence[Limit], ahead: Iterable[int], more: int = 0, back: int = 0
) -> tuple[int, tuple[int, ...]]:
    """How many requests may go on, and how far ahead their keys are afterwards; `ahead` is where they were.

    One is asked for, and `more` in advance for later ones, of which there are fewer the nearer a key is to its limit. `back` were taken in advance
    and are given back unused.
    """
    # A clock that was set back must not shut anybody out for longer than a whole burst takes.
    before = tuple(
        max(0, min(max(0, each), limit.tolerance) - back * limit.interval)
        for limit, each in zip(limits, ahead, strict=True)
    )
    room = min((limit.tolerance - each) // limit.interval for limit, each in zip(limits, before, strict=True))
    taken = min(1 + more, max(1, room // SPARED)) if room else 0
    return taken, tuple(each + taken * limit.interval for limit, each in zip(limits, before, strict=True))
