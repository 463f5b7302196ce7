"""Control groups, version 1 and 2: every process of a cluster is in a group of ours, so we always know which are ours."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from wireplan.rim.trouble import Trouble

ROOT = Path("/sys/fs/cgroup")
# What a kubelet asks of its group on version 2, where the machine has it (Kubernetes' cgroup_v2_manager_linux.go). To hand down
# the rest too would only give the kernel more to refuse.
NEEDED = ("cpu", "cpuset", "hugetlb", "memory", "pids")
ELSEWHERE = "run on the machine itself, or take --provider kind, k3d or existing"


def hierarchies(mounts: str | None = None) -> list[Path]:
    """The roots of all hierarchies that hold groups: one on version 2; one a controller on version 1.

    What lies at the usual place decides, as it does for the kubelet and runc: version 2 may be mounted a second time
    elsewhere, and version 1 may have a version 2 without controllers beside it.
    """
    text = Path("/proc/self/mounts").read_text() if mounts is None else mounts
    rows = [line.split() for line in text.splitlines()]
    found = [(Path(row[1]), row[2]) for row in rows if len(row) > 2 and row[2] in {"cgroup", "cgroup2"}]
    return [ROOT] if (ROOT, "cgroup2") in found else [root for root, _ in found]


def unified(roots: Iterable[Path]) -> bool:
    """Whether this is version 2 alone."""
    return list(roots) == [ROOT]


def make(group: str) -> list[Path]:
    """Make `group` in every hierarchy; return its folders.

    Raises:
        Trouble: groups cannot be made here, or not with what a node needs.
    """
    roots = hierarchies()
    # Each version's files are of the same names and mean something else: an empty cpuset is every processor on version 2.
    prepare = delegate if unified(roots) else inherit
    folders: list[Path] = []
    for root in roots:
        folder = root
        for part in Path(group).parts:
            parent, folder = folder, folder / part
            make_one(folder)
            prepare(parent, folder)
        folders.append(folder)
    return folders


def make_one(folder: Path) -> None:
    """Make one group.

    Raises:
        Trouble: the file system of the groups is not ours to write, as in most containers.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise Trouble(
            f"the control group {folder} cannot be made: {error.strerror}",
            why="every node is a control group; in a container they are often for reading only",
            fix=ELSEWHERE,
        ) from error


def delegate(parent: Path, folder: Path) -> None:  # noqa: ARG001 - the same form as `inherit`
    """Version 2: let the groups in `parent` have what a node needs of the controllers that `parent` has.

    Raises:
        Trouble: the kernel refuses.
    """
    there = (parent / "cgroup.controllers").read_text().split()
    handed_down = (parent / "cgroup.subtree_control").read_text().split()
    for name in NEEDED:
        if name in there and name not in handed_down:
            try:
                (parent / "cgroup.subtree_control").write_text(f"+{name}")
            except OSError as error:
                raise refused(parent, name, error) from error


def refused(parent: Path, controller: str, error: OSError) -> Trouble:
    """Why a controller is not handed down, and what to do about it."""
    what = f"the control group {parent} cannot hand down {controller}: {error.strerror}"
    if error.errno != errno.EBUSY:
        return Trouble(what, why=f"a node needs {', '.join(NEEDED)}", fix=ELSEWHERE)
    move = f"mkdir {parent}/rest && xargs -n1 < {parent}/cgroup.procs > {parent}/rest/cgroup.procs"
    return Trouble(
        what,
        why="a group that holds processes itself may not, and the root group of a container does",
        fix=f"move them into a group below it (`{move}`), or {ELSEWHERE}",
    )


def inherit(parent: Path, folder: Path) -> None:
    """Version 1: a cpuset is born empty, and nothing can be put into an empty one."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        file = folder / name
        if file.is_file() and not file.read_text().strip():
            file.write_text((parent / name).read_text())


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
