"""The load and what becomes of it: a client outside of the system, and the system read out for the judge."""

import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.cluster import ledger
from tests.cluster.judge import QUIET_SECONDS, Demand, Effects, Fault, Reading, Verdict, judge
from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.postgres import Postgres
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import PASSWORD, Browser

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "tests" / "cluster" / "client" / "uploads.py"
REST = 180.0
"""Seconds in which the system has to come to rest: the second retry waits a minute."""

# One line a place where a film has its effect, once: the two outboxes hold an event for each time that an effect was done, and
# keep it for a day after it was sent. And what is on its way: a saga that waits for a record has nothing under way itself, since
# the record is counted, in an outbox or as lag.
EFFECTS = """
\\connect uploads
select 'upload', convert_from(o.key, 'UTF8'), count(*) from outbox o join videos v on v.id::text = convert_from(o.key, 'UTF8')
  where o.topic = 'video.uploaded' and v.owner_id = '{owner}' group by 2;
select 'unsent', 'uploads', count(*) from outbox where sent_at is null;
select 'unsent', 'sagas', count(*) from sagas where finished_at is null and not waiting;
\\connect processing
select 'processing', convert_from(o.key, 'UTF8'), count(*) from outbox o join films f on f.video_id::text = convert_from(o.key, 'UTF8')
  where o.topic = 'video.processed' and f.owner_id = '{owner}' and f.state = 'ready' group by 2;
select 'unsent', 'processing', count(*) from outbox where sent_at is null;
\\connect catalog
select 'catalog', id, count(*) from videos where owner_id = '{owner}' and state = 'ready' group by 2;
\\connect statistics
select 'statistics', video_id, count(*) from facts where owner_id = '{owner}' and ready group by 2;
\\connect notifications
select 'notifications', video_id, count(*) from notifications where account_id = '{owner}' and kind = 'ready' group by 2;
"""
SOME = Demand()
PLACES = ("processing", "catalog", "statistics", "notifications")
UNSENT = "unsent"
BETWEEN = 1.0
"""Seconds between two readings: each asks every database and every group, and the judge wants those that are five seconds apart."""


class Load:
    """A client that uploads until it is told to stop, and its ledger."""

    def __init__(self, given: list[str], folder: Path, film: Path, limits: dict[str, float]) -> None:
        """Start it: `given` are its Python, tube's address, and who vouches for that."""
        folder.mkdir(parents=True, exist_ok=True)
        self.ledger, self._stop, self._log = folder / "ledger.jsonl", folder / "stop", folder / "log"
        python, base, authority = given
        options = {
            "base": base, "authority": authority, "ledger": self.ledger, "film": film, "stop": self._stop,
            "email": f"{uuid.uuid4()}@example.com", "password": PASSWORD, **limits,
        }  # fmt: skip
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._process = subprocess.Popen(
            [python, str(PROGRAM), *words],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=self._log.open("wb"),
            text=True,
        )
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, self._log.read_text()
        self.owner = str(json.loads(line)["account_id"])

    def ops(self) -> tuple[ledger.Op, ...]:
        """What it has asked for so far."""
        return ledger.ops(ledger.entries(self.ledger))

    def acknowledged(self) -> int:
        """How many promises it was given so far."""
        return sum(op.acknowledged for op in self.ops())

    def goes_on(self, more: int = 3, within: float = 120) -> None:
        """Wait for so many more promises."""
        wanted = self.acknowledged() + more
        eventually(lambda: self.acknowledged() >= wanted, f"{more} more uploads are acknowledged", within)

    def end(self) -> tuple[ledger.Op, ...]:
        """Stop it; everything that it asked for."""
        self._stop.touch()
        self._process.wait(150)
        assert self._process.returncode == 0, self._log.read_text()[-2000:]
        return self.ops()

    def __enter__(self) -> "Load":
        """Nothing more to do."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it whatever happened; it is our own child."""
        if self._process.poll() is None:
            self._stop.touch()
            self._process.terminate()
            self._process.wait(30)


@dataclass(frozen=True)
class Court:
    """Reads the system out, and asks the judge."""

    postgres: Postgres
    kafka: Kafka
    browser: Browser

    def verdict(self, load: Load, faults: list[Fault], demand: Demand = SOME) -> Verdict:
        """After the load has ended: wait for rest, count, judge."""
        ops = load.end()
        readings = self.rest(load.owner)
        effects = self.effects(load.owner)
        return judge(ops, effects, readings, faults, demand)

    def rest(self, owner: str) -> list[Reading]:
        """Readings until the system has come to rest, or the time is over: then the judge will not know."""
        readings: list[Reading] = []
        end = time.monotonic() + REST

        def enough() -> bool:
            readings.append(self.reading(owner))
            last = readings[-1]
            calm = [
                each
                for each in readings
                if last.at - each.at >= QUIET_SECONDS and each.quiet and each.rows == last.rows
            ]
            return bool(calm and last.quiet) or time.monotonic() > end

        eventually(enough, "the system comes to rest", REST + 60, BETWEEN)
        return readings

    def reading(self, owner: str) -> Reading:
        """One look at what is still on its way."""
        found = self._found(owner)
        unsent = sum(found.pop(UNSENT).values())
        rows = sum(sum(held.values()) for held in found.values())
        return Reading(time.monotonic(), unsent, self.kafka.lag(), rows)

    def rows(self, owner: str) -> dict[str, dict[str, int]]:
        """How often each film of an account has had its effect, place by place."""
        found = self._found(owner)
        del found[UNSENT]
        return found

    def _found(self, owner: str) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {place: {} for place in ("upload", *PLACES, UNSENT)}
        for place, film, count in self.postgres.script(EFFECTS.format(owner=owner)):
            found[place][film] = int(count)
        return found

    def effects(self, owner: str) -> Effects:
        """Everything that an account's films have become."""
        rows = self.rows(owner)
        films = set(rows["upload"])
        dead = {record.key for record in self.kafka.read("video.uploaded.processing.dlt")} & films
        viewer = self.browser.new()  # a connection that rested for minutes may be gone at its other end
        return Effects(rows, frozenset(film for film in films if viewer.plays(film)), frozenset(dead))


def fault(name: str, before: str, act: Callable[[], object], healed: Callable[[], str]) -> Fault:
    """Do something bad, and wait until the system has recovered. `before` and what `healed` returns are the fault's trace."""
    began = time.monotonic()
    act()
    after = healed()
    return Fault(name, began, time.monotonic(), before, after)
