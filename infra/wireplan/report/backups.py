"""Backups of a running system as a table and as data: what `wireplan backups` prints (spec row F3.5)."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wireplan.report.screen import counted, printable, span

VERSION = 1
LATE = 2.0
"""A base backup may be so many times as old as one is due: the one that runs, and one that failed."""


@dataclass(frozen=True, slots=True)
class Backups:
    """What a cluster's backups are worth now. Ages, and what is due when, are seconds; None: never."""

    cluster: str
    reach: float | None
    """Since when it can be restored to any time."""
    base: float | None
    archived: bool
    """Whether the write-ahead log goes to the archive."""
    verified: float | None
    took: float | None
    """How long the last verified restore took."""
    every: float
    verify: float

    @property
    def troubles(self) -> list[str]:
        """What a person has to see to."""
        found = [] if self.archived else [f"{self.cluster}: its log does not reach the archive"]
        if self.base is None:
            found.append(f"{self.cluster}: there is no base backup yet")
        elif self.base > LATE * self.every:
            found.append(
                f"{self.cluster}: its last base backup is {span(self.base)} old, one is due every {span(self.every)}"
            )
        if self.verified is None:
            found.append(f"{self.cluster}: no restore was ever verified: wireplan backups --verify")
        elif self.verified > self.verify:
            found.append(
                f"{self.cluster}: its last verified restore is {span(self.verified)} old, one is due every {span(self.verify)}"
            )
        return found


def document(system: str, environment: str, found: Iterable[Backups]) -> dict[str, Any]:
    """For programs."""
    rows = [asdict(each) | {"troubles": each.troubles} for each in found]
    return {"version": VERSION, "system": system, "environment": environment, "clusters": rows}


def table(found: Sequence[Backups]) -> str:
    """For people: a line a cluster, then what a person has to see to."""
    if not found:
        return "no cluster has backups\n"
    head = ("cluster", "any time since", "base backup", "log", "verified restore")
    lines = [head, *(_line(each) for each in found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    told = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    troubles = [f"!! {printable(trouble)}" for each in found for trouble in each.troubles]
    ending = [*troubles, counted(len(troubles), "trouble")] if troubles else ["all is well"]
    return "\n".join([*told, *ending]) + "\n"


def _line(each: Backups) -> tuple[str, ...]:
    took = "" if each.took is None else f", took {span(each.took)}"
    return (
        each.cluster,
        _ago(each.reach),
        _ago(each.base),
        "archived" if each.archived else "not archived",
        _ago(each.verified) + took,
    )


def _ago(seconds: float | None) -> str:
    return "never" if seconds is None else f"{span(max(0.0, seconds))} ago"
