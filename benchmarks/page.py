"""The page: one table of costs, one of goals, and what was not measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from goals import Judged
from measure import Cost
from works import FAR, ONE, SIZES, Table

COLUMNS = (*SIZES, FAR)


@dataclass(frozen=True)
class Head:
    """When, where and how."""

    day: date
    machine: str
    command: str


def page(head: Head, table: Table, judged: Sequence[Judged], notes: Sequence[str]) -> str:
    """The whole page as Markdown."""
    lines = [
        "# Benchmarks",
        "",
        f"Last run: {head.day.isoformat()}, {head.machine}, `{head.command}`.",
        "CPU seconds of cold processes (user and system, children included), medians; in brackets the peak in MiB. A busy machine",
        "moves all figures alike, so read the ratios. `benchmarks/systems.py` makes the systems: 7.5 objects and 3 calls a service.",
        "Rows that begin with `part` are of `validate`, measured within one process: its slowest rules among them.",
        "",
        "| | " + " | ".join(f"{size} services" for size in COLUMNS) + " |",
        "|---" * (len(COLUMNS) + 1) + "|",
        *(_row(name, cells) for name, cells in table.items() if ONE not in cells),
        "",
        "| | once | seconds on the clock |",
        "|---|---|---|",
        *(
            f"| {name} | {_cell(cells, ONE)} | {cells[ONE].wall:.2f} |"
            for name, cells in table.items()
            if ONE in cells and not cells[ONE].p99
        ),
        "",
        *_load({name: cells[ONE] for name, cells in table.items() if ONE in cells and cells[ONE].p99}),
        "## Goals",
        "| | goal | at most | measured | |",
        "|---|---|---|---|---|",
        *(_goal(each) for each in judged if each.measured is not None),
        "",
    ]
    missing = [
        f"goal {each.number}, {each.goal}: not in this run" for each in judged if each.measured is None
    ]
    if notes or missing:
        lines += ["## Not measured", *(f"- {note}" for note in (*notes, *missing)), ""]
    return "\n".join(lines)


def _load(rows: dict[str, Cost]) -> list[str]:
    """What a request takes of who answers it, under load; nothing where that was not measured."""
    if not rows:
        return []
    return [
        "tube's gateway beside the same gateway without the platform package (`benchmarks/load.py` says what each does), asked in turns; microseconds of CPU a request.",
        "",
        "| | CPU a request | requests a second | p50 | p99 | MiB |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {each.cpu * 1e6:.0f} | {1 / each.wall:.0f} | {each.p50 * 1000:.1f} ms | {each.p99 * 1000:.1f} ms | {each.memory:.0f} |"
            for name, each in rows.items()
        ),
        "",
    ]


def _row(name: str, cells: dict[int, object]) -> str:
    return f"| {name} | " + " | ".join(_cell(cells, size) for size in COLUMNS) + " |"


def _cell(cells: dict, size: int) -> str:
    found = cells.get(size)
    if found is None:
        return ""
    return f"{found.cpu:.2f} ({found.memory:.0f})" if found.memory else f"{found.cpu:.3f}"


def _goal(each: Judged) -> str:
    measured = f"{each.measured:.2f} {each.unit}".strip()
    verdict = "holds" if each.holds else "**missed**"
    return f"| {each.number} | {each.goal} | {each.limit:.2f} | {measured} | {verdict} |"
