"""Layers: tar archives that come out byte for byte the same from the same content, so that digests repeat.

Names are sorted, times are zero, owners are numbers, and every folder on the way to a file is written once.
"""

import io
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Protocol, cast

LITTER = frozenset({"__pycache__", ".git", ".venv", ".pytest_cache", ".ruff_cache"})
FOLDER_MODE = 0o755
BUFFER = 1 << 20


class Sink(Protocol):
    """What a layer is written to."""

    def write(self, data: bytes, /) -> int:
        """Take all of `data`."""
        ...


@dataclass(frozen=True)
class Entry:
    """One name in a layer: a file (a path or bytes), a link (`link`), or a folder (neither)."""

    path: str
    source: Path | bytes | None = None
    link: str = ""
    mode: int = 0o644
    owner: int = 0


def litter(path: Path) -> bool:
    """What tools leave beside sources and what differs from machine to machine."""
    return path.name in LITTER or path.suffix == ".pyc"


def tree(source: Path, prefix: str, leave: Callable[[Path], bool] = litter) -> Iterator[Entry]:
    """The entries for everything under `source`, put under `prefix`, without the files and folders that `leave` names.

    Only the executable bit of a file's mode counts, so that another umask gives the same layer.
    """
    for folder, folders, files in os.walk(source):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not leave(here / name))
        inside = PurePosixPath(prefix, *here.relative_to(source).parts)
        for name in sorted([*files, *(n for n in folders if (here / n).is_symlink())]):
            if not leave(here / name):
                yield one(here / name, str(inside / name))


def one(path: Path, inside: str) -> Entry:
    """The entry for one file or symbolic link."""
    if path.is_symlink():
        return Entry(inside, link=str(path.readlink()))
    executable = path.stat().st_mode & 0o100
    return Entry(inside, path, mode=0o755 if executable else 0o644)


def pack(entries: Iterable[Entry], out: Sink) -> None:
    """Write `entries` as a layer; the last of two entries with one path counts, as in a real file system."""
    table = {cleaned(entry.path): entry for entry in entries}
    for path in list(table):
        for parent in PurePosixPath(path).parents:
            if str(parent) != "." and str(parent) not in table:
                table[str(parent)] = Entry(str(parent), mode=FOLDER_MODE)
    with writer(out) as archive:
        for path in sorted(table):
            add(archive, path, table[path])


def add(archive: tarfile.TarFile, path: str, entry: Entry) -> None:
    """Put one entry into the archive."""
    info = tarfile.TarInfo(path)
    info.mode, info.uid, info.gid = entry.mode, entry.owner, entry.owner
    if entry.link:
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, entry.link, 0o777
        archive.addfile(info)
    elif entry.source is None:
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
    elif isinstance(entry.source, bytes):
        info.size = len(entry.source)
        archive.addfile(info, io.BytesIO(entry.source))
    else:
        with entry.source.open("rb") as content:
            info.size = os.fstat(content.fileno()).st_size
            archive.addfile(info, content)


def repack(source: BinaryIO, out: Sink, keep: Callable[[str], bool], extra: Iterable[Entry] = ()) -> None:
    """Copy the tar stream `source` without the names that `keep` refuses, times zeroed; then write `extra`.

    The order of `source` stays: a hard link must follow what it points to. Set-user-id bits go: nothing in a container
    needs to gain rights.
    """
    added = {cleaned(entry.path): entry for entry in extra}
    with tarfile.open(fileobj=source, mode="r|", bufsize=BUFFER) as old, writer(out) as new:
        for info in old:
            path = cleaned(info.name)
            if path in added or path == "." or not keep(path):
                continue
            info.name, info.mtime, info.uname, info.gname, info.pax_headers = path, 0, "", "", {}
            info.mode &= 0o1777
            if info.islnk():
                info.linkname = cleaned(info.linkname)
            new.addfile(info, old.extractfile(info) if info.isreg() else None)
        for path in sorted(added):
            add(new, path, added[path])


def writer(out: Sink) -> tarfile.TarFile:
    """A tar archive that is streamed into `out`; the archive only ever calls `write`, whatever its type says."""
    return tarfile.open(fileobj=cast("IO[bytes]", out), mode="w|", format=tarfile.PAX_FORMAT, bufsize=BUFFER)


def cleaned(path: str) -> str:
    """A layer's own spelling of a path: relative, without a leading `./`."""
    return str(PurePosixPath(path.lstrip("/")))
