"""Cold processes, measured: CPU seconds of the process tree, peak memory, wall time. Medians, since the machine is shared."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one command takes: CPU seconds (user and system, children included), MiB at the peak, seconds on the clock.

    Of a request under load: CPU seconds of who answers, its MiB, seconds on the clock for each of many; and those within which half, and 99 of
    100, have their answer.
    """

    cpu: float
    memory: float
    wall: float
    p50: float = 0.0
    p99: float = 0.0


class FailedError(Exception):
    """The command that was to be measured did not do its work."""


def cost(
    command: Sequence[str | Path],
    *,
    runs: int = 3,
    cwd: Path | None = None,
    before: Callable[[], object] = lambda: None,
) -> Cost:
    """The median cost of a command, each run a process of its own; `before` each, outside of what is measured.

    Raises:
        FailedError: it is missing, or failed.
    """
    costs: list[Cost] = []
    for _ in range(runs):
        before()
        costs.append(_once([str(word) for word in command], cwd))
    return Cost(
        cpu=statistics.median(c.cpu for c in costs),
        memory=statistics.median(c.memory for c in costs),
        wall=statistics.median(c.wall for c in costs),
    )


def _environment() -> dict[str, str]:
    """Ours, but that Python keeps what it compiles: pip compiles what it installs, so nobody pays for that at each start."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _once(command: list[str], cwd: Path | None) -> Cost:
    environment = _environment()
    start = time.perf_counter()
    try:
        child = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
    except OSError as error:
        raise FailedError(f"{command[0]}: {error.strerror}") from error
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode:
        last = said.decode(errors="replace").strip().splitlines()[-3:]
        raise FailedError(f"{' '.join(command[:4])} ended with {child.returncode}: {' | '.join(last)}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, time.perf_counter() - start)
