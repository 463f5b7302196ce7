"""Talk to the person on stderr: what is being done, how far it is, how long it took. stdout is for data."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Times:
    """Where the time went: seconds a step, in the order they ended."""

    steps: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    def table(self) -> str:
        """One line a step and the sum."""
        rows = [f"  {seconds:7.1f} s  {name}" for name, seconds in self.steps]
        return "\n".join([*rows, f"  {sum(s for _, s in self.steps):7.1f} s  in all"])


TIMES = Times()


def say(text: str) -> None:
    """One line of talk."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


@contextmanager
def step(name: str) -> Generator[None]:
    """Announce a step, and note its time for the closing table when it ends well: without that of steps within it."""
    say(f"==> {name}")
    start, earlier = time.monotonic(), len(TIMES.steps)
    yield
    seconds = time.monotonic() - start
    TIMES.steps.append((name, seconds - sum(inner for _, inner in TIMES.steps[earlier:])))
    say(f"    {name}: {seconds:.1f} s")
