"""The judge: from a ledger and what is in the system afterwards to a verdict. Pure; tested with hand-made histories in tests/ledger.

What is promised: every acknowledged upload ends as a playable film, exactly once. The verdict is

    broken    a promise was not kept, whatever else is known
    unknown   nothing was shown: no fault happened, too little was acknowledged, or the system was still busy
    held      neither

The words follow Jepsen's checkers: an operation ends ok, fail (certainly did not happen) or info (may have happened).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.cluster.ledger import FAIL, INFO, OK, Op

HELD, BROKEN, UNKNOWN = "held", "broken", "unknown"
QUIET_SECONDS = 5.0
"""Two readings that far apart must be equal: shorter than the first retry delay would prove less, longer would prove no more."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What is in the system: rows by place and film (a multiset), films that play, films in the dead-letter topic."""

    rows: Mapping[str, Mapping[str, int]]
    playable: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()

    @property
    def films(self) -> frozenset[str]:
        """Every film that had any effect."""
        return frozenset(film for place in self.rows.values() for film in place) | self.playable | self.dead


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at what is still on its way."""

    at: float
    unsent: int
    lag: int
    rows: int

    @property
    def quiet(self) -> bool:
        """Whether nothing is on its way."""
        return self.unsent == 0 and self.lag == 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and its trace: what was seen before and after (a pod's UID, a leader, a timeline). Equal means it did not happen."""

    name: str
    began: float
    healed: float
    before: str
    after: str

    @property
    def happened(self) -> bool:
        """Whether it left a trace."""
        return bool(self.before) and bool(self.after) and self.before != self.after


@dataclass(frozen=True, slots=True)
class Demand:
    """How much must have been acknowledged before the first fault, during each, and after the last, for a verdict to mean anything."""

    before: int = 1
    during: int = 1
    after: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge says, with the films at fault."""

    result: str
    lost: tuple[str, ...] = ()
    phantom: tuple[str, ...] = ()
    aborted: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict[str, float])

    def __str__(self) -> str:
        """A few lines for a person."""
        named = {
            "lost": self.lost,
            "phantom": self.phantom,
            "aborted": self.aborted,
            "duplicated": self.duplicated,
        }
        lines = [self.result]
        lines += [f"  {name}: {', '.join(films)}" for name, films in named.items() if films]
        lines += [f"  doubt: {doubt}" for doubt in self.doubts]
        lines.append("  " + ", ".join(f"{name} {value:g}" for name, value in self.figures.items()))
        return "\n".join(lines)


def judge(
    ops: Sequence[Op],
    effects: Effects,
    readings: Sequence[Reading],
    faults: Sequence[Fault] = (),
    demand: Demand = Demand(),
) -> Verdict:
    """Weigh a history. Loss is only certain when nothing is on its way any more; all else is wrong at any time."""
    busy = _unrest(readings)
    lost = _lost(ops, effects)
    phantom = _phantom(ops, effects)
    aborted = _aborted(ops, effects)
    duplicated = _duplicated(effects)
    doubts = [*busy, *_faultless(faults), *_vacuity(ops, faults, demand)]
    if lost and busy:
        doubts.append(f"{len(lost)} acknowledged films are not there yet")
    wrong = phantom or aborted or duplicated or (lost and not busy)
    result = BROKEN if wrong else UNKNOWN if doubts else HELD
    return Verdict(result, lost, phantom, aborted, duplicated, tuple(doubts), figures(ops))


def figures(ops: Sequence[Op]) -> dict[str, float]:
    """How much was asked for and what became of it; the longest time without an acknowledgement."""
    states = Counter(op.state for op in ops)
    times = sorted(op.ended for op in ops if op.acknowledged and op.ended is not None)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return {
        "attempted": len(ops),
        "acknowledged": states[OK],
        "failed": states[FAIL],
        "unknown": states[INFO],
        "attempts again": sum(len(op.errors) for op in ops),
        "longest gap": round(max(gaps, default=0.0), 1),
    }


def _lost(ops: Sequence[Op], effects: Effects) -> tuple[str, ...]:
    """Acknowledged, and not one playable film with its row everywhere. A dead letter is no excuse."""
    missing = {
        op.film or op.op
        for op in ops
        if op.acknowledged
        and (op.film not in effects.playable or any(op.film not in place for place in effects.rows.values()))
    }
    return tuple(sorted(missing))


def _phantom(ops: Sequence[Op], effects: Effects) -> tuple[str, ...]:
    """Effects of what nobody attempted."""
    return tuple(sorted(effects.films - {op.film for op in ops}))


def _aborted(ops: Sequence[Op], effects: Effects) -> tuple[str, ...]:
    """Effects of what was certainly refused."""
    return tuple(sorted(effects.films & {op.film for op in ops if op.state == FAIL and op.film}))


def _duplicated(effects: Effects) -> tuple[str, ...]:
    """More than one effect of a film in one place."""
    return tuple(
        sorted(
            f"{film} ({count} in {place})"
            for place, rows in effects.rows.items()
            for film, count in rows.items()
            if count > 1
        )
    )


def _unrest(readings: Sequence[Reading]) -> list[str]:
    """Why the last readings do not show a system that has come to rest."""
    if not readings:
        return ["nobody looked whether the system had come to rest"]
    last = readings[-1]
    if not last.quiet:
        return [f"still busy: {last.unsent} events unsent, {last.lag} records of lag"]
    early = [index for index, reading in enumerate(readings) if last.at - reading.at >= QUIET_SECONDS]
    if not early or any(not seen.quiet or seen.rows != last.rows for seen in readings[early[-1] :]):
        return [f"no two equal readings {QUIET_SECONDS:g} s apart"]
    return []


def _faultless(faults: Sequence[Fault]) -> list[str]:
    """Faults that left no trace."""
    return [
        f"no trace of the fault: {fault.name} ({fault.before or 'nothing'})"
        for fault in faults
        if not fault.happened
    ]


def _vacuity(ops: Sequence[Op], faults: Sequence[Fault], demand: Demand) -> list[str]:
    """Where too little was acknowledged to show anything."""
    acks = [op.ended for op in ops if op.acknowledged and op.ended is not None]
    if not faults:
        return [] if acks else ["nothing was acknowledged"]
    first, last = min(fault.began for fault in faults), max(fault.healed for fault in faults)
    counted = [("before the first fault", demand.before, sum(at < first for at in acks))]
    counted += [
        (f"during {fault.name}", demand.during, sum(fault.began <= at <= fault.healed for at in acks))
        for fault in faults
    ]
    counted.append(("after the last fault", demand.after, sum(at > last for at in acks)))
    return [
        f"{found} acknowledged {when}, {wanted} wanted" for when, wanted, found in counted if found < wanted
    ]
