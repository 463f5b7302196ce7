"""What a way consists of: hops, and at each the facts that make it safe. Data; the modules beside this one state the facts."""

from collections.abc import Iterable

from wireplan.findings import Finding
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

    def concerned(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings that speak of this hop."""
        return tuple(each for each in findings if any(fact.concerns(each) for fact in self.facts))
