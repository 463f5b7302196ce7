"""One way to wait: for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

EVERY = 0.3
"""Seconds between two looks."""


def eventually(look: Callable[[], T], what: str, within: float = 60.0, every: float = EVERY) -> T:
    """The first true answer of `look`, which is asked again every so many seconds. An assertion or an error of a look is a 'not yet'.

    Raises:
        AssertionError: it did not come true in time; with what was seen last.
    """
    end = time.monotonic() + within
    while True:
        try:
            seen: object = look()
            if seen:
                return seen  # pyright: ignore[reportReturnType]
        except Exception as error:  # noqa: BLE001 - the last one is told
            seen = error
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {within:g} s; seen last: {seen!r:.1500}")
        time.sleep(every)
