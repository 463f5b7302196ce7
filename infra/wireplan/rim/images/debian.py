"""Root file systems of Debian packages, unpacked and slimmed; no package script is run.

mmdebstrap's `extract` variant resolves and unpacks a closure in seconds. What package scripts would have made and
a container needs (users, certificates, a few links) is written here.
"""

import fnmatch
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wireplan.rim import home
from wireplan.rim.images.layers import Entry, Sink, repack
from wireplan.rim.images.parts import User, certificates, ground, hashed, owned, stamped
from wireplan.rim.process import logged

SUITE = "trixie"
COMMON = ("base-files", "netbase", "dash", "coreutils", "libc-bin", "tzdata")

# What scanners read to know the packages of an image without a package manager (the convention of distroless images).
NOTE_PACKAGES = (
    'mkdir -p "$1/var/lib/dpkg/status.d"; for deb in "$1"/var/cache/apt/archives/*.deb; do name=$(basename "$deb"); '
    'dpkg-deb --field "$deb" > "$1/var/lib/dpkg/status.d/${name%%_*}"; done'
)

UTC = Entry("etc/localtime", link="/usr/share/zoneinfo/Etc/UTC")

# Documentation, other languages, what is the package manager's own, and what the building machine left (its name, its resolver).
NEVER = (
    "usr/share/doc/*",
    "usr/share/man/*",
    "usr/share/info/*",
    "usr/share/locale/*",
    "usr/share/lintian/*",
    "usr/share/bug/*",
    "usr/share/i18n/*",
    "usr/share/bash-completion/*",
    "usr/share/zoneinfo/right/*",
    "usr/share/debconf/*",
    "usr/share/perl5/*",
    "usr/lib/*/gconv/*",
    "usr/lib/*/perl-base/*",
    "usr/lib/*/perl/*",
    "usr/share/perl/*",
    "usr/bin/perl*",
    "usr/lib/*/libperl.so*",
    "usr/lib/python3*/test/*",
    "usr/lib/python3*/pydoc_data/*",
    "usr/lib/systemd/*",
    "lib/systemd/*",
    "var/lib/apt/*",
    "var/cache/*",
    "var/log/*",
    "var/lib/dpkg/info/*",
    "var/lib/dpkg/status",
    "etc/apt/*",
    "usr/share/keyrings/*",
    "usr/bin/apt*",
    "usr/bin/dpkg*",
    "usr/lib/apt/*",
    "usr/lib/*/libapt*",
    "usr/share/dpkg/*",
    "usr/share/postgresql/*/man/*",
    "etc/cron*",
    "etc/logrotate.d/*",
    "etc/debconf.conf",
    "etc/dpkg/*",
    "etc/init.d/*",
    "etc/resolv.conf",
    "etc/hostname",
    "dev/*",
    "boot",
    "media",
    "mnt",
    "srv",
)

# Debian compiles a package's Python files when it is installed. Without that, every start of a container would compile
# what it imports; with hashes instead of times, the compiled files are the same on every machine.
COMPILE = 'chroot "$1" python3 -m compileall -q --invalidation-mode unchecked-hash /usr/lib/python3.13'


@dataclass(frozen=True)
class Debian:
    """A closure of packages, less what matches `without`, plus a user, its folders, and `files`.

    `hooks` are commands of a shell that run on the unpacked closure, called `$1`.
    """

    packages: tuple[str, ...]
    user: User
    folders: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    files: tuple[Entry, ...] = ()
    hooks: tuple[str, ...] = ()

    def stamp(self) -> str:
        """The packages' names and all that is said here; not the day: a rebuild for Debian's updates is asked for."""
        return stamped(self, SUITE, COMMON, NEVER, NOTE_PACKAGES, UTC, hashed([certificates()]))

    def write(self, out: Sink) -> None:
        """The layer."""
        entries = [*ground(self.user), UTC, *owned(self.folders, self.user), *self.files]
        unwanted = pattern([*NEVER, *self.without])
        folder = Path(tempfile.mkdtemp(prefix="wireplan-debian-"))
        try:
            archive = folder / "root.tar"
            unpacked(self.packages, [NOTE_PACKAGES, *self.hooks], archive)
            with archive.open("rb") as source:
                repack(source, out, lambda path: not unwanted.match(path), entries)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def unpacked(packages: Sequence[str], hooks: Sequence[str], archive: Path) -> None:
    """Have the closure of `packages` in a tar archive."""
    from wireplan.rim import engines

    names = ",".join(dict.fromkeys([*COMMON, *packages]))
    log = home.cache() / "logs" / f"debian-{packages[0]}.log"
    program = engines.path("mmdebstrap")
    flags = [f"--extract-hook={hook}" for hook in hooks]
    logged([program, "--variant=extract", f"--include={names}", *flags, SUITE, archive], log)


def pattern(globs: Sequence[str]) -> re.Pattern[str]:
    """One expression for many globs, in which `*` also stands for folders below."""
    return re.compile("|".join(fnmatch.translate(glob) for glob in globs))
