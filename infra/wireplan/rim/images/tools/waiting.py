"""Try again for a bounded time: a Job often starts before what it talks to."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_SECONDS = 2.0
WAIT_SECONDS = float(os.environ.get("WAIT_SECONDS", "300"))


class CannotError(Exception):
    """What was asked for cannot be had; the sentence goes to the Job's log."""


class NotYetError(Exception):
    """What is waited for is not there yet; the sentence says what is missing."""


def until(
    attempt: Callable[[], T],
    seconds: float = WAIT_SECONDS,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """The result of `attempt`, which is called until it no longer raises NotYetError.

    Raises:
        CannotError: `seconds` went by; carries the last sentence.
    """
    end = clock() + seconds
    said = ""
    while True:
        try:
            return attempt()
        except NotYetError as error:
            if clock() + PAUSE_SECONDS > end:
                raise CannotError(f"waited {seconds:.0f} s in vain: {error}") from error
            if str(error) != said:
                said = str(error)
                print(f"waiting: {said}", flush=True)
        sleep(PAUSE_SECONDS)
