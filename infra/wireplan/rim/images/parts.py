"""The kinds of layer that images here are made of. Each says what it is made from (`stamp`) and writes itself.

A layer is kept by its stamp, so an image that shares one with another neither builds nor stores it twice.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Protocol

from wireplan.rim.images.layers import Entry, Sink, pack
from wireplan.rim.trouble import Trouble

CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STICKY = 0o1777
PT_INTERP = 3  # elf(5): a program header that names a dynamic loader


class Part(Protocol):
    """One layer."""

    def stamp(self) -> str:
        """A hash of all that the layer is made from."""
        ...

    def write(self, out: Sink) -> None:
        """Write the layer's tar archive."""
        ...


@dataclass(frozen=True)
class User:
    """A name for a numeric user; some programs refuse to run as a nameless one."""

    name: str
    number: int
    home: str = "/"


@dataclass(frozen=True)
class Ground:
    """What an image from scratch needs below a static program: certificates, users, /tmp, and its own folders."""

    user: User
    folders: tuple[str, ...] = ()

    def stamp(self) -> str:
        """The users, the folders, and the edition of the certificates."""
        return stamped(self, hashed([certificates()]))

    def write(self, out: Sink) -> None:
        """The layer."""
        pack([*ground(self.user), *owned(self.folders, self.user)], out)


@dataclass(frozen=True)
class Program:
    """A static program of the tools room, under one path and perhaps more names."""

    tool: str
    path: str
    links: tuple[str, ...] = ()

    def stamp(self) -> str:
        """The program's version (its folder's name) and size: reading 140 MB on every look would be felt."""
        program = self.found()
        return stamped(self, program.parent.name, str(program.stat().st_size))

    def write(self, out: Sink) -> None:
        """The layer."""
        program = self.found()
        if dynamic(program):
            raise Trouble(
                f"{program} needs shared libraries, and an image from scratch has none",
                fix=f"take it off PATH, or run `wireplan tools install {self.tool}`",
            )
        links = [Entry(link, link="/" + self.path) for link in self.links]
        pack([Entry(self.path, program, mode=0o755), *links], out)

    def found(self) -> Path:
        """Where the tools room has it."""
        from wireplan.rim import engines

        return engines.path(self.tool)


@dataclass(frozen=True)
class Files:
    """Given entries, for what is small."""

    entries: tuple[Entry, ...]

    def stamp(self) -> str:
        """All that the entries say, and the content of their files."""
        paths = [entry.source for entry in self.entries if isinstance(entry.source, Path)]
        return stamped(self.entries, hashed(paths))

    def write(self, out: Sink) -> None:
        """The layer."""
        pack(self.entries, out)


def ground(*users: User) -> list[Entry]:
    """Certificates, users and a /tmp for everybody."""
    table = [User("root", 0, "/root"), *users, User("nobody", 65534)]
    passwd = "".join(
        f"{one.name}:x:{one.number}:{one.number}:{one.name}:{one.home}:/bin/sh\n" for one in table
    )
    group = "".join(f"{one.name}:x:{one.number}:\n" for one in table)
    return [
        Entry(CERTIFICATES, certificates()),
        Entry("etc/passwd", passwd.encode()),
        Entry("etc/group", group.encode()),
        Entry("etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\n"),
        Entry("tmp", mode=STICKY),
    ]


def owned(folders: Iterable[str], user: User) -> list[Entry]:
    """Folders that the image's user may write to."""
    return [Entry(folder, owner=user.number, mode=0o755) for folder in folders]


def certificates() -> Path:
    """Mozilla's certificate authorities, as the package certifi carries them: the same on every machine."""
    import certifi

    return Path(certifi.where())


def dynamic(program: Path) -> bool:
    """Whether a 64-bit little-endian ELF program asks for a dynamic loader; see elf(5)."""
    with program.open("rb") as file:
        head = file.read(64)
        start, size, count = (
            int.from_bytes(head[at : at + width], "little") for at, width in ((32, 8), (54, 2), (56, 2))
        )
        file.seek(start)
        table = file.read(size * count)
    return any(
        int.from_bytes(table[at : at + 4], "little") == PT_INTERP for at in range(0, len(table), size or 1)
    )


def stamped(*words: object) -> str:
    """A short hash over values: texts, dataclasses, and sequences of them."""
    return hashlib.sha256(json.dumps(words, default=plain, sort_keys=True).encode()).hexdigest()[:32]


def plain(value: object) -> object:
    """A value as JSON can say it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {"": type(value).__name__, **asdict(value)}
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return str(value)


def hashed(paths: Sequence[Path]) -> str:
    """A hash over the content of files, in their order."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
