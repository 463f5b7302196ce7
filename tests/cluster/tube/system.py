"""Programs as their users run them, the command line of Wireplan above all: at once, or beside whatever else is done."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[3]


def wireplan(*words: object, status: int = 0, timeout: float = 1200, says: str = "") -> str:
    """What `wireplan` prints; its talk is in the failure, if there is one. `says`: what stands there, as the reason of another status."""
    with begun(*words) as running:
        return running.said(status, timeout, says)


@dataclass(frozen=True)
class Begun:
    """A program that runs beside whatever else is done. What it writes goes to files: nobody reads until it has ended."""

    command: Sequence[str]
    process: subprocess.Popen[str]
    printed: IO[str]
    talk: IO[str]
    at: float = field(default_factory=time.monotonic)

    @property
    def age(self) -> float:
        """Seconds since it was begun."""
        return time.monotonic() - self.at

    def said(self, status: int = 0, timeout: float = 1200, says: str = "") -> str:
        """What it has printed, once it has ended; its talk is in the failure, if there is one."""
        code = self.process.wait(timeout)
        printed, talk = written(self.printed), written(self.talk)
        assert code == status, f"{self.command}: {code}\n{printed[-2000:]}\n{talk[-4000:]}"
        assert says in " ".join(talk.split()), talk[-4000:]
        return printed


def written(file: IO[str]) -> str:
    """All that is in a file."""
    file.seek(0)
    return file.read()


@contextmanager
def begun(*words: object) -> Iterator[Begun]:
    """`wireplan`, begun."""
    with program([sys.executable, "-m", "wireplan", *(str(word) for word in words)], ROOT) as running:
        yield running


@contextmanager
def program(command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Begun]:
    """A program, begun; who leaves before it has ended interrupts it, as a person does."""
    with (
        tempfile.TemporaryFile("w+") as printed,
        tempfile.TemporaryFile("w+") as talk,
        subprocess.Popen(command, cwd=folder, env=env, stdout=printed, stderr=talk, text=True) as process,
    ):
        try:
            yield Begun(command, process, printed, talk)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(60)
