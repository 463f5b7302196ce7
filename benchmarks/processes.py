"""Processes of tube's services for a while on loopback, and what the kernel says of them."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ROOT / "stacks/tube/services"
GATEWAYS = Path(__file__).with_name("gateways")
PATIENCE = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


class MissingError(Exception):
    """What is needed is not on this machine."""


@dataclass(frozen=True)
class Process:
    """One that answers on a port."""

    name: str
    port: int
    pid: int

    def cpu(self) -> float:
        """CPU seconds so far, user and system, of all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Resident MiB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def python() -> Path:
    """The services' own.

    Raises:
        MissingError: their environment was not made.
    """
    found = SERVICES / ".venv/bin/python"
    if not found.exists():
        raise MissingError(f"the services' environment is not there: uv sync in {SERVICES.relative_to(ROOT)}")
    return found


def as_in_an_image(folder: Path) -> Path:
    """A Python with what images of the services have, and nothing that only their tests need.

    Raises:
        MissingError: it could not be made, as where there is no uv.
    """
    from wireplan.rim.scaffolding import workspace

    environment = {**workspace.environment(), "UV_PROJECT_ENVIRONMENT": str(folder / "venv")}
    words = [
        workspace.uv(),
        "sync",
        "--frozen",
        "--no-dev",
        "--all-packages",
        "--compile-bytecode",
        "--quiet",
    ]
    done = subprocess.run(words, cwd=SERVICES, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingError(f"uv sync of the services without what tests need: {done.stderr.strip()[-300:]}")
    return folder / "venv/bin/python"


def wiring(service: str) -> dict[str, Any]:
    """What tube's topology says about a service, as it is mounted into its pods."""
    from wireplan.rim import sources
    from wireplan.topology import wiring as wired

    found = wired.wiring(sources.topology(ROOT / "stacks/tube/topology.yaml"), service)
    return json.loads(json.dumps(found))


@contextlib.contextmanager
def running(
    words: Sequence[str | Path], more: Mapping[str, str] | None = None, out: Any = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """A process, ended afterwards."""
    environment = {**os.environ, **(more or {})}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an image has its modules compiled
    process = subprocess.Popen(
        [str(word) for word in words], env=environment, stdout=out, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def telling(words: Sequence[str | Path], folder: Path) -> Iterator[Any]:
    """What a process says on its first line, as JSON, while it runs."""
    said = folder / f"said-{time.monotonic_ns()}"
    with said.open("w") as out, running(words, out=out) as process:
        end = time.monotonic() + PATIENCE
        while not (text := said.read_text()).endswith("\n"):
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError(f"{words[1]} did not start")
            time.sleep(0.02)
        yield json.loads(text)


def ports(count: int) -> list[int]:
    """Ports that nobody uses."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in found:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in found]


def listening(port: int) -> None:
    """Wait until something listens there.

    Raises:
        RuntimeError: nothing does.
    """
    end = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if time.monotonic() > end:
            raise RuntimeError(f"nothing listens on port {port}")
        time.sleep(0.02)
