"""Versions of the contracts as a package: which step a change asks for, and whether the version that is written takes it (spec row P7)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from wireplan.changes.contracts import Complaint


class Step(IntEnum):
    """How far a version must go, by semver.org: code that was generated before breaks, something is new, something else changed."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """Three numbers. Below 1.0.0 the middle one counts as the first, as dependents' bounds (`~=0.4.1`, `^0.4.1`) take it."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def after(self, step: Step) -> "Version":
        """The least version that takes this step."""
        if step is Step.NONE:
            return self
        if self.major == 0:
            step = Step(step - 1) or Step.PATCH
        if step is Step.PATCH:
            return Version(self.major, self.minor, self.patch + 1)
        return Version(self.major, self.minor + 1, 0) if step is Step.MINOR else Version(self.major + 1, 0, 0)


def version(text: str) -> Version:
    """A version as the topology writes it, checked by the model."""
    return Version(*map(int, text.split(".")))


def tag(package: str, written: Version) -> str:
    """The git tag that publishes a version."""
    return f"{package}-v{written}"


def tagged(package: str, tags: Sequence[str]) -> list[Version]:
    """The versions of a package that tags name, the least first; other tags are left out."""
    form = re.compile(rf"{re.escape(package)}-v(\d+\.\d+\.\d+)")
    return sorted(version(found[1]) for each in tags if (found := form.fullmatch(each)))


def step(broken: Sequence[Complaint], lost_going_back: Sequence[Complaint], *, same: bool) -> Step:
    """What a change asks for: `broken` of what was there, and what going back would break, which is what is new."""
    if broken:
        return Step.MAJOR
    if lost_going_back:
        return Step.MINOR
    return Step.NONE if same else Step.PATCH


@dataclass(frozen=True, slots=True)
class Release:
    """The contracts as a package that is about to be published, compared with the version before, where there is one."""

    package: str
    version: Version
    before: Version | None = None
    step: Step = Step.NONE
    broken: tuple[Complaint, ...] = ()

    @property
    def least(self) -> Version:
        """The least version that will do."""
        return self.before.after(self.step) if self.before else self.version

    @property
    def enough(self) -> bool:
        """Whether the version goes as far as the change."""
        return self.version >= self.least
