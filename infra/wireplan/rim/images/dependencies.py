"""The third-party packages of a service: what the workspace's lock says, installed for the image's Python, and compiled.

Compiled, because a pod's root is read-only: otherwise every start compiles all that it imports, seconds of CPU each time.
"""

import os
import platform
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from wireplan.rim.images.layers import Sink, pack, tree
from wireplan.rim.images.layout import Layout
from wireplan.rim.images.parts import PATH, hashed, stamped
from wireplan.rim.process import output

PYTHON = "3.13"
# Debian 13 has glibc 2.41; wheels are rarely built for anything newer than 2.28.
PLATFORM = f"{platform.machine()}-manylinux_2_28"
# Scripts name the building machine's Python in their first line, and RECORD holds the scripts' hashes.
NOT_NEEDED = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", ".lock"})

STANDING_IN = {"urllib3-future": ("urllib3", "urllib3_future.pth")}
"""Packages whose wheels also put themselves in the place of another one, and what of them does. It is left out: the two would write the same
files, in any order. The workspace of the services builds such a package without it, for the same reason."""

ENVIRONMENT = {
    "PATH": PATH,
    "LANG": "C.UTF-8",
    "PYTHONPATH": "/app/deps:/app/extra:/app/src",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True)
class Dependencies:
    """Locked packages in one folder. `python` is the base layer's archive, whose own Python compiles them."""

    requirements: str
    folder: str
    python: Path

    def stamp(self) -> str:
        """The requirements with their hashes, the base layer (named by its digest), and what is left out of them."""
        left_out = [path for one in split(self.requirements) for path in STANDING_IN.get(package(one), ())]
        return stamped(self.requirements, self.folder, self.python.name, PLATFORM, *left_out)

    def write(self, out: Sink) -> None:
        """The layer."""
        place = Path(tempfile.mkdtemp(prefix="wireplan-packages-"))
        try:
            target = place / "packages"
            install(self.requirements, target)
            compiled(target, self.python, place / "python", f"/{self.folder}")
            pack(
                tree(target, self.folder, lambda path: path == target / "bin" or path.name in NOT_NEEDED), out
            )
        finally:
            shutil.rmtree(place, ignore_errors=True)


def install(requirements: str, target: Path) -> None:
    """Unpack the wheels, first those that stand in for others, and without what does so."""
    every = split(requirements)
    for one in every:
        if package(one) in STANDING_IN:
            unpack(one, target)
            for path in STANDING_IN[package(one)]:
                remove(target / path)
    unpack("".join(one for one in every if package(one) not in STANDING_IN), target)


def remove(path: Path) -> None:
    """Remove a folder or a file; what is not there is no error."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def unpack(requirements: str, target: Path) -> None:
    """Unpack the wheels; a source distribution would run its own code here, so it is refused."""
    output(
        [
            uv(),
            "pip",
            "install",
            "--quiet",
            "--python",
            sys.executable,
            "--target",
            target,
            "--python-version",
            PYTHON,
            "--python-platform",
            PLATFORM,
            "--only-binary",
            ":all:",
            "--no-deps",
            "--require-hashes",
            "--requirements",
            "-",
        ],
        cwd=target.parent,  # not where the command is run: uv would go by the settings of a workspace there
        stdin=requirements,
        timeout=900,
    )


def compiled(target: Path, base: Path, root: Path, inside: str) -> None:
    """Compile `target` with the Python of the base layer, which is unpacked into `root`; traces will say `inside`.

    It is started through its own loader, so neither root nor a chroot is needed.
    """
    root.mkdir()
    output(["tar", "-xf", base, "-C", root, "usr/lib", "usr/lib64", "usr/bin"])
    loader = next(root.glob("usr/lib*/ld-linux*.so.*"))
    libraries = next(root.glob("usr/lib/*-linux-gnu"))
    output(
        [
            loader,
            "--library-path",
            libraries,
            root / "usr" / "bin" / f"python{PYTHON}",
            "-S",
            "-m",
            "compileall",
            "-q",
            "--invalidation-mode",
            "unchecked-hash",
            "-s",
            target,
            "-p",
            inside,
            target,
        ],
        env={"PYTHONHOME": str(root / "usr"), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=600,
    )


def exported(layout: Layout, workspace: Path, package: str) -> str:
    """The closure of `package` without the workspace's own members, as requirements with hashes; kept by the lock's hash."""
    return _export(layout, workspace, "--package", package)


def grouped(layout: Layout, workspace: Path, group: str) -> str:
    """The closure of one of the workspace's dependency groups, in the same form."""
    return _export(layout, workspace, "--only-group", group)


def _export(layout: Layout, workspace: Path, option: str, name: str) -> str:
    key = stamped(hashed([workspace / "uv.lock", workspace / "pyproject.toml"]), option, name)
    note = layout.root / "exports" / key
    if note.is_file():
        return note.read_text()
    text = output(
        [
            uv(),
            "export",
            "--frozen",
            "--no-emit-workspace",
            "--no-dev",
            "--no-header",
            "--no-annotate",
            "--quiet",
            option,
            name,
        ],
        cwd=workspace,
        env={**os.environ, "UV_NO_PROGRESS": "1"},
    )
    layout.prepare()
    note.parent.mkdir(exist_ok=True)
    layout.replace(note, text.encode())
    return text


def without(requirements: str, others: str) -> str:
    """The requirements that `others` do not hold."""
    known = set(split(others))
    return "".join(one for one in split(requirements) if one not in known)


def split(requirements: str) -> list[str]:
    """One text a requirement; its hashes stand on indented lines below it."""
    found: list[str] = []
    for line in requirements.splitlines(keepends=True):
        if line.startswith((" ", "\t")) and found:
            found[-1] += line
        elif line.strip():
            found.append(line)
    return found


def package(requirement: str) -> str:
    """The name of the package of a requirement."""
    return re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0].lower()


def uv() -> Path:
    """uv, as the tools room has it."""
    from wireplan.rim import engines

    return engines.path("uv")
