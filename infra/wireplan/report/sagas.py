"""Unfinished sagas of a running system as a table and as data: what `wireplan sagas` prints."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wireplan.report.screen import counted, printable, span

VERSION = 1


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A saga that has not ended, as its owner tells of it. `age` and `due` are seconds; `stuck`: a person should look."""

    saga: str
    key: str
    state: str
    step: str | None
    attempt: int
    stuck: bool
    failure: str
    error: str
    age: float
    due: float
    owner: str = ""

    @property
    def why(self) -> str:
        """What holds it, else why it turned back."""
        return self.error or self.failure


def document(system: str, environment: str, found: Iterable[Unfinished], more: int = 0) -> dict[str, Any]:
    """For programs; `more` are those that owners have and did not tell."""
    return {
        "version": VERSION,
        "system": system,
        "environment": environment,
        "sagas": [asdict(each) for each in found],
        "more": more,
    }


def table(found: Sequence[Unfinished], more: int = 0) -> str:
    """For people: those that want a look are marked; `more` are those that owners have and did not tell."""
    if not found:
        return "no saga is unfinished\n"
    head = ("", "saga", "key", "goes", "step", "attempt", "age", "next", "why")
    lines = [head, *(_line(each) for each in found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head) - 1)]
    told = ["  ".join([*_aligned(line, widths), line[-1]]).rstrip() for line in lines]
    stuck = sum(each.stuck for each in found)
    ending = counted(len(found), "unfinished saga") + (f", {stuck} stuck" if stuck else "")
    rest = f"; {more} more are not listed, the youngest of their owners" if more else ""
    return "\n".join([*told, ending + rest]) + "\n"


def _line(each: Unfinished) -> tuple[str, ...]:
    goes = "back" if each.state == "compensating" else "forward"
    cells = ("!!" if each.stuck else "", each.saga, each.key, goes, each.step or "", str(each.attempt))
    return tuple(
        printable(cell).replace("\n", " ") for cell in (*cells, span(each.age), span(each.due), each.why)
    )


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
