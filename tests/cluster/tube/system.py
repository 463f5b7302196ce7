"""The command line of Wireplan, as its users run it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def wireplan(*words: object, status: int = 0, timeout: float = 1200, says: str = "") -> str:
    """What `wireplan` prints; its talk is in the failure, if there is one. `says`: what stands there, as the reason of another status."""
    with begun(*words) as running:
        return running.said(status, timeout, says)


@dataclass(frozen=True)
class Begun:
    """A `wireplan` that runs beside whatever else is done."""

    words: tuple[object, ...]
    process: subprocess.Popen[str]
    at: float = field(default_factory=time.monotonic)

    @property
    def age(self) -> float:
        """Seconds since it was begun."""
        return time.monotonic() - self.at

    def said(self, status: int = 0, timeout: float = 1200, says: str = "") -> str:
        """What it has printed, once it has ended; its talk is in the failure, if there is one."""
        printed, talk = self.process.communicate(timeout=timeout)
        code = self.process.returncode
        assert code == status, f"wireplan {self.words}: {code}\n{printed[-2000:]}\n{talk[-4000:]}"
        assert says in " ".join(talk.split()), talk[-4000:]
        return printed


@contextmanager
def begun(*words: object) -> Iterator[Begun]:
    """`wireplan`, begun; who leaves before it has ended interrupts it, as a person does."""
    command = [sys.executable, "-m", "wireplan", *(str(word) for word in words)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Begun(words, process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=60)
