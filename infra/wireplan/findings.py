"""What a rule or the loader reports: data, with no behaviour beyond ordering and rendering a place."""

import posixpath
from dataclasses import dataclass, field
from enum import Enum
from functools import total_ordering


@total_ordering
class Severity(Enum):
    """How bad a finding is; ordered, so that `--fail-on` can compare."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    def __lt__(self, other: "Severity") -> bool:
        order = list(Severity)
        return order.index(self) < order.index(other)


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """A stretch of a source file; lines and columns count from 1, `end_column` is one past the last."""

    file: str
    line: int = 1
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that a finding speaks of, in its own words."""

    at: Place
    note: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a schedule that ends in the fault: what happens, and the place of the value by which it can."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of `at` by `text`: the one right answer, where there is one. Where `at` has no width, text goes in there."""

    at: Place
    text: str


def respelled(at: Place, word: str, meant: str | None) -> Edit | None:
    """The edit that writes what was meant, where the place holds the wrong word and nothing else."""
    plain = at.line == at.end_line and at.end_column - at.column == len(word)
    return Edit(at, meant) if meant and plain else None


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: where it is, what is wrong, why it matters (with the witness), and how to mend it.

    `path` names the value in the topology, so that a finding is known again after its line has moved.
    `secret` says that the text at `at` must not be shown, `enforced` that neither a waiver nor a baseline lifts it, `accepted` that
    a baseline does. `steps` are the shortest schedule that ends in the fault, first to last, where one proves it.
    """

    code: str
    severity: Severity
    at: Place
    what: str
    why: str = ""
    fix: str = ""
    name: str = ""
    related: tuple[Related, ...] = field(default=())
    edit: Edit | None = None
    path: tuple[str | int, ...] = ()
    secret: bool = False
    steps: tuple[Step, ...] = ()
    enforced: bool = False
    accepted: bool = False

    def sort_key(self) -> tuple[Place, str, str]:
        """By place, then code, so that the same input gives the same bytes."""
        return (self.at, self.code, self.what)


def fingerprint(finding: Finding, folder: str) -> str:
    """By what a finding is known again after its line has moved: its code, the value it is about, what it says. 64 hexadecimal digits.

    Files count as seen from `folder`, the topology's, so that it is the same wherever a command is run from.
    """
    import hashlib

    file = posixpath.relpath(finding.at.file or ".", folder or ".")
    named = "\0".join([finding.code, file, *map(str, finding.path), finding.what])
    return hashlib.sha256(named.encode(errors="replace")).hexdigest()
