"""One change at a time: `up`, `down` and the node commands of a cluster wait for each other, and say for whom."""

import fcntl
import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from wireplan.rim import home
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.talk import say
from wireplan.rim.trouble import Trouble

# The longest that a change takes: a first `up`, which may build every program.
MOST_SECONDS = 1800.0
LOOK_SECONDS = 0.2


@contextmanager
def changing(layout: Layout, seconds: float = MOST_SECONDS) -> Generator[None]:
    """Hold the cluster's lock, waiting so long at most. The file stays: removing a lock file lets two hold it.

    Raises:
        Trouble: another command was still changing the cluster when the time was over.
    """
    home.runtime().mkdir(parents=True, exist_ok=True)
    # Opened without emptying it: who holds the lock stands in it.
    with (home.runtime() / f"{layout.name}.lock").open("a+") as file:
        await_turn(file, layout, seconds)
        sign(file)
        yield


def await_turn(file: TextIO, layout: Layout, seconds: float) -> None:
    """Take the lock when it is free; say whom that waits for, and again where another one came first.

    Raises:
        Trouble: it was not free in time.
    """
    end, told = time.monotonic() + seconds, ""
    while not taken(file):
        who = holder(file)
        if time.monotonic() >= end:
            raise Trouble(
                f"another command is changing the cluster {layout.name} right now",
                why=f"it is {who}" + (f", and did not end within {seconds:.0f} s" if seconds else ""),
                fix="wait for it or end it, then run this again",
            )
        if who != told:
            say(f"    the cluster {layout.name} is being changed by {who}; waiting for that to end")
            told = who
        time.sleep(LOOK_SECONDS)


def taken(file: TextIO) -> bool:
    """Take the lock, unless somebody has it; return whether it is ours now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sign(file: TextIO) -> None:
    """Write down who holds the lock, for those who come to wait."""
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]).strip()
    file.truncate(0)
    file.write(f"process {os.getpid()} ({command})")
    file.flush()


def holder(file: TextIO) -> str:
    """Who holds the lock, as they wrote it down."""
    file.seek(0)
    return file.read().strip() or "another process"
