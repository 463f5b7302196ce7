"""Control groups, version 1 and 2: every process of a cluster is in a group of ours, so we always know which are ours."""

import os
from collections.abc import Iterable
from pathlib import Path

from wireplan.rim.trouble import Trouble

ROOT = Path("/sys/fs/cgroup")


def hierarchies(mounts: str | None = None) -> list[Path]:
    """The roots of all hierarchies that hold groups: one on version 2; one a controller on version 1."""
    text = Path("/proc/self/mounts").read_text() if mounts is None else mounts
    rows = [line.split() for line in text.splitlines()]
    return [Path(row[1]) for row in rows if len(row) > 2 and row[2] in {"cgroup", "cgroup2"}]


def unified(roots: Iterable[Path]) -> bool:
    """Whether this is version 2 alone."""
    return list(roots) == [ROOT]


def make(group: str) -> list[Path]:
    """Make `group` in every hierarchy; return its folders."""
    folders: list[Path] = []
    roots = hierarchies()
    for root in roots:
        folder = root
        for part in Path(group).parts:
            if unified(roots):
                delegate(folder)
            parent, folder = folder, folder / part
            folder.mkdir(exist_ok=True)
            inherit(parent, folder)
        folders.append(folder)
    return folders


def delegate(folder: Path) -> None:
    """Version 2: let the groups below have every controller that `folder` has.

    Raises:
        Trouble: the kernel refuses.
    """
    have = (folder / "cgroup.controllers").read_text().split()
    try:
        (folder / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in have))
    except OSError as error:
        raise Trouble(
            f"the control group {folder} cannot hand its controllers down: {error.strerror}",
            why="a group that holds processes itself may not; in a container that is often the root group",
            fix="run on the machine itself, or move the container's processes into a group below the root one",
        ) from error


def inherit(parent: Path, folder: Path) -> None:
    """Version 1: a cpuset is born empty, and nothing can be put into an empty one."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        file = folder / name
        if file.is_file() and not file.read_text().strip():
            file.write_text((parent / name).read_text())


def join(folders: Iterable[Path]) -> None:
    """Put the calling process into the groups."""
    for folder in folders:
        (folder / "cgroup.procs").write_text("0")


def members(group: str) -> set[int]:
    """The ids of every process in `group` and below, in any hierarchy."""
    found: set[int] = set()
    for root in hierarchies():
        for file in below(root / group):
            try:
                found.update(int(line) for line in (file / "cgroup.procs").read_text().split())
            except (FileNotFoundError, OSError):
                continue
    found.discard(0)
    return found


def below(folder: Path) -> list[Path]:
    """`folder` and every group in it, the deepest first."""
    if not folder.is_dir():
        return []
    return [Path(path) for path, _, _ in os.walk(folder, topdown=False)]


def remove(group: str) -> bool:
    """Remove `group` and all below it, which must be empty of processes; return whether all are gone."""
    gone = True
    for root in hierarchies():
        for folder in below(root / group):
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                gone = False
    return gone
