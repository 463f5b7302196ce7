"""The ledger: what a client asked for and what it was told, kept outside the system under test.

Every line is on the disk before the client goes on, so that whatever happens to the client or to the system, an answer that a user
would have seen is an answer that the ledger holds. Only the standard library: the load client imports this in its own environment.

An operation is one upload. Its life in the ledger:

    invoke   before anything is sent
    film     the service named the film (the operation has asked for it, no promise yet)
    retry    an attempt ended unknown and is made again, with the same key; what a user would have seen as an error
    ok       the promise was given: the film will be playable
    fail     certainly did not happen: refused, and nothing will come of it
    info     unknown: a timeout, a reset, an answer of class 5xx
"""

import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

INVOKE, FILM, RETRY, OK, FAIL, INFO = "invoke", "film", "retry", "ok", "fail", "info"
ENDS = frozenset({OK, FAIL, INFO})


class TornLedgerError(Exception):
    """A line other than the last cannot be read: this is no ledger, or somebody wrote in it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `at` is CLOCK_MONOTONIC of the machine, the same for all its processes."""

    op: str
    state: str
    at: float
    film: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Op:
    """One operation, put together from its lines."""

    op: str
    invoked: float
    ended: float | None
    state: str
    film: str
    note: str
    errors: tuple[str, ...] = ()
    """Notes of the attempts that were made again."""

    @property
    def acknowledged(self) -> bool:
        """Whether the promise was given."""
        return self.state == OK


class Ledger:
    """An append-only file of entries."""

    def __init__(self, path: Path) -> None:
        """Open the file for appending; what is in it stays."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def write(self, op: str, state: str, *, film: str = "", note: str = "") -> Entry:
        """Add one line, and return when the disk has it."""
        entry = Entry(op, state, time.monotonic(), film, note)
        line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
        os.write(self._file, line.encode())
        os.fsync(self._file)
        return entry

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def entries(path: Path) -> Iterator[Entry]:
    """The lines of a ledger. A torn last line is of a client that died while writing: nobody was told anything yet."""
    lines = path.read_text().split("\n") if path.exists() else []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            found: dict[str, Any] = json.loads(line)
        except ValueError as error:
            if number == len(lines):
                return
            raise TornLedgerError(f"{path}:{number}: {line[:80]}") from error
        yield Entry(**found)


def ops(found: Iterable[Entry]) -> tuple[Op, ...]:
    """Operations in the order of their invocation. One without an end is unknown, as one that ended unknown."""
    table: dict[str, list[Entry]] = {}
    for entry in found:
        table.setdefault(entry.op, []).append(entry)
    return tuple(sorted((_op(lines) for lines in table.values()), key=lambda op: op.invoked))


def _op(lines: list[Entry]) -> Op:
    first = lines[0]
    if first.state != INVOKE:
        raise TornLedgerError(f"operation {first.op} begins with {first.state}")
    ends = [line for line in lines if line.state in ENDS]
    if len(ends) > 1 or any(line.state == INVOKE for line in lines[1:]):
        raise TornLedgerError(f"operation {first.op} is in the ledger twice: operations are unique")
    end = ends[0] if ends else None
    errors = tuple(line.note for line in lines if line.state == RETRY)
    film = next((line.film for line in reversed(lines) if line.film), "")
    return Op(
        first.op,
        first.at,
        end.at if end else None,
        end.state if end else INFO,
        film,
        end.note if end else "no end",
        errors,
    )
