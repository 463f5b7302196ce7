"""One budget of time for a request, which shrinks on the way (reliability: each hop passes min(own, remaining - 50 ms)).

The budget is a point on the monotonic clock, kept in a context variable: what a handler awaits inherits it, nothing passes it by hand.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
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


@contextmanager
def within(seconds: float | None, clock: Callable[[], float] = time.monotonic) -> Generator[None]:
    """Work that has so many seconds, and never more than the work around it."""
    if seconds is None:
        yield
        return
    outer, end = _end.get(), clock() + max(0.0, seconds)
    token = _end.set(end if outer is None else min(outer, end))
    try:
        yield
    finally:
        _end.reset(token)


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
