"""One budget of time for a request, which shrinks on the way (reliability: each hop passes min(own, remaining - 50 ms)).

The budget is a point on the monotonic clock, kept in a context variable: what a handler awaits inherits it, nothing passes it by hand.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar

MARGIN = 0.05
"""Seconds kept back at each hop, so that the caller can still answer after the callee gave up."""

LEAST = 0.001
"""A call with less than this is made all the same, and fails as any other late call does."""

_end: ContextVar[float | None] = ContextVar("deadline", default=None)


def remaining(clock: Callable[[], float] = time.monotonic) -> float | None:
    """Seconds left, at least 0; None when nobody set a deadline."""
    end = _end.get()
    return None if end is None else max(0.0, end - clock())


class within(AbstractContextManager[None]):  # noqa: N801 - read as a word of the language
    """Work that has so many seconds, and never more than the work around it."""

    __slots__ = ("_end", "_token")

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        outer, end = _end.get(), None if seconds is None else clock() + max(0.0, seconds)
        self._end = outer if end is None else end if outer is None else min(outer, end)

    def __enter__(self) -> None:
        """Begin."""
        self._token = _end.set(self._end)

    def __exit__(self, *_: object) -> None:
        """End."""
        _end.reset(self._token)


def keeping(seconds: float, clock: Callable[[], float] = time.monotonic) -> within:
    """Work that leaves so much to what comes after it, or half of what there is where that is less."""
    left = remaining(clock)
    return within(None if left is None else max(left - seconds, left / 2), clock)


def for_call(own: float, clock: Callable[[], float] = time.monotonic) -> float:
    """The deadline of a call: its own, or what is left less the margin."""
    left = remaining(clock)
    return own if left is None else max(LEAST, min(own, left - MARGIN))


def ample(own: float, asked: float | None = None, clock: Callable[[], float] = time.monotonic) -> bool:
    """Whether a call has at least half of its own deadline; `asked` is what its caller wants to wait, if less."""
    return for_call(own if asked is None else min(own, asked), clock) >= own / 2


def for_statement(own: float, clock: Callable[[], float] = time.monotonic) -> float:
    """The time a database statement may take: its own limit, or what is left."""
    left = remaining(clock)
    return own if left is None else max(LEAST, min(own, left))
