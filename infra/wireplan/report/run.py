"""What one run of `wireplan validate` came to: findings of each environment, and the same findings told once."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wireplan.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Checked:
    """One environment of a system after loading and checking. `parts` counts what was read; empty when nothing could be."""

    environment: str
    profile: str
    findings: tuple[Finding, ...]
    parts: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding and the environments that have it."""

    finding: Finding
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """All environments of one topology file. `sources` holds the text of every file that findings point into."""

    file: str
    checked: tuple[Checked, ...]
    sources: Mapping[str, str]
    rules: int

    def seen(self) -> list[Seen]:
        """Each finding once, at its worst severity, by place."""
        merged: dict[tuple[object, ...], Seen] = {}
        for each in self.checked:
            for finding in each.findings:
                key = (*finding.sort_key(), finding.why, finding.steps)
                merged[key] = joined(merged.get(key), finding, each.environment)
        return sorted(merged.values(), key=lambda seen: seen.finding.sort_key())

    def everywhere(self, seen: Seen) -> bool:
        """Whether all environments of this run have it."""
        return len(seen.environments) == len(self.checked)

    def counts(self) -> Mapping[Severity, int]:
        """How many findings of each severity."""
        counter = Counter(seen.finding.severity for seen in self.seen())
        return {severity: counter[severity] for severity in reversed(Severity)}

    def worst(self) -> Severity | None:
        """The worst severity found; None when nothing was."""
        return max((seen.finding.severity for seen in self.seen()), default=None)


def joined(earlier: Seen | None, finding: Finding, environment: str) -> Seen:
    """The same finding with one more environment."""
    if earlier is None:
        return Seen(finding, (environment,))
    if environment in earlier.environments:
        return earlier
    worse = max(earlier.finding.severity, finding.severity)
    return Seen(replace(earlier.finding, severity=worse), (*earlier.environments, environment))
