"""What one run of `wireplan validate` came to: findings of each environment, and the same findings told once."""

import posixpath
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wireplan.findings import Finding, Place, Related, Severity
from wireplan.load.codes import UNKNOWN_NAME


@dataclass(frozen=True, slots=True)
class Checked:
    """One environment of a system after loading and checking. `parts` counts what was read; empty when nothing could be.
    `profile` is empty where no file that could be read says it.

    `waivers` are the places of those that it has; None where it could not be read. `unheld` counts what refers to a .proto where the topology names no
    folder of them: nothing of it was checked against one.
    """

    environment: str
    profile: str
    findings: tuple[Finding, ...]
    parts: Mapping[str, int] = field(default_factory=dict[str, int])
    waivers: frozenset[Place] | None = None
    unheld: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding and the environments that have it, with how bad it is in each."""

    finding: Finding
    environments: tuple[str, ...]
    severities: tuple[Severity, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """All environments of one topology file. `sources` holds the text of every file that findings point into.

    `baseline` names the file by which findings were accepted; empty without one.
    """

    file: str
    checked: tuple[Checked, ...]
    sources: Mapping[str, str]
    rules: int
    baseline: str = ""

    @property
    def folder(self) -> str:
        """The topology's folder, from which files are named in fingerprints."""
        return posixpath.dirname(self.file)

    def seen(self) -> list[Seen]:
        """Each finding once, at its worst severity, by place."""
        merged: dict[tuple[object, ...], Seen] = {}
        for each in self.checked:
            for finding in each.findings:
                key = self.cause(finding)
                merged[key] = joined(merged.get(key), finding, each.environment)
        return sorted(merged.values(), key=lambda seen: seen.finding.sort_key())

    def cause(self, finding: Finding) -> tuple[object, ...]:
        """What findings of several environments have in common where they are one. A name that overlays have and the topology has not is one that it lacks."""
        if finding.code == UNKNOWN_NAME.code and finding.at.file != self.file:
            return (finding.code, finding.what)
        return (*finding.sort_key(), finding.why, finding.steps)

    def told(self) -> list[Seen]:
        """What counts: each finding that no baseline accepts."""
        return [seen for seen in self.seen() if not seen.finding.accepted]

    def accepted(self) -> int:
        """How many findings the baseline accepts."""
        return sum(seen.finding.accepted for seen in self.seen())

    def everywhere(self, seen: Seen) -> bool:
        """Whether all environments of this run have it."""
        return len(seen.environments) == len(self.checked)

    def counts(self) -> Mapping[Severity, int]:
        """How many findings of each severity count."""
        counter = Counter(seen.finding.severity for seen in self.told())
        return {severity: counter[severity] for severity in reversed(Severity)}

    def worst(self) -> Severity | None:
        """The worst severity that counts; None when nothing does."""
        return max((seen.finding.severity for seen in self.told()), default=None)


def joined(earlier: Seen | None, finding: Finding, environment: str) -> Seen:
    """The same finding with one more environment."""
    if earlier is None:
        return Seen(finding, (environment,), (finding.severity,))
    if environment in earlier.environments:
        return earlier
    first = earlier.finding
    worse = max(first.severity, finding.severity)
    both = first.accepted and finding.accepted
    places = {first.at, *(each.at for each in first.related)}
    also = () if finding.at in places else (Related(finding.at, "and here"),)
    return Seen(
        replace(first, severity=worse, accepted=both, related=(*first.related, *also)),
        (*earlier.environments, environment),
        (*earlier.severities, finding.severity),
    )
