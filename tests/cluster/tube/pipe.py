"""A program that answers a line of JSON with a line of JSON."""

import contextlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any


class DumbError(Exception):
    """The program ended, or what it said is no answer."""


class Pipe:
    """One process, asked one thing at a time."""

    def __init__(self, command: Sequence[str], log: Path, **options: Any) -> None:
        """Start it; what it complains about goes to the log."""
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("ab"),
            text=True,
            **options,
        )

    def ask(self, **question: Any) -> Any:
        """The answer to a question.

        Raises:
            DumbError: there is none.
        """
        process = self._process
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError as error:
            raise DumbError(self._log.read_text()[-2000:]) from error
        if not answer:
            raise DumbError(self._log.read_text()[-2000:])
        return json.loads(answer)

    def __enter__(self) -> "Pipe":
        """Nothing more to do."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self.close()

    def close(self) -> None:
        """End it, whether it listens or not."""
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
