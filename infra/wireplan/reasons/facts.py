"""What a way consists of: hops, and at each the facts that make it safe; and a saga: its steps. Data; the modules beside this one state the facts."""

from collections.abc import Iterable, Sequence

from wireplan.findings import Finding, Severity
from wireplan.records import dataclass
from wireplan.topology.graph import LinkKind, Node
from wireplan.topology.types import Path


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that holds: its name, in words with its arithmetic, the value that it is about, the rules that look at it.

    `patched` says that a patch of rendered objects may undo it.
    """

    name: str
    says: str
    path: Path
    codes: tuple[str, ...] = ()
    patched: bool = False

    def concerns(self, finding: Finding) -> bool:
        """Whether a finding speaks of this fact: by one of its rules, at its value, above or below it, or in a patch."""
        if finding.code not in self.codes:
            return False
        if finding.path[:1] == ("patches",):
            return self.patched
        shared = min(len(self.path), len(finding.path))
        return finding.path[:shared] == self.path[:shared]


@dataclass(frozen=True, slots=True)
class Hop:
    """From one part to the next: by what, where that is written, and what holds there."""

    kind: LinkKind
    source: Node
    target: Node
    path: Path
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A saga as a whole, or one of its steps: what it is called, where that is written, and what holds there."""

    name: str
    path: Path
    facts: tuple[Fact, ...]


def concerning(facts: Iterable[Fact], findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that speak of some facts."""
    every = tuple(facts)
    return tuple(each for each in findings if any(fact.concerns(each) for fact in every))


Found = tuple[Sequence[Finding], Sequence[Finding]]
"""What the rules find, and what they would find without waivers."""


def told(facts: Iterable[Fact], found: Found) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that speak of some facts: those that count, and those that a waiver allows."""
    every = tuple(facts)
    counted, all_of_them = (concerning(every, some) for some in found)
    known = {each.sort_key() for each in counted}
    return counted, tuple(each for each in all_of_them if each.sort_key() not in known)


def harmless(findings: Iterable[Finding]) -> bool:
    """Whether there is no error or warning among them that nobody accepted."""
    return not any(each.severity > Severity.NOTE and not each.accepted for each in findings)
