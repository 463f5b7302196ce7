"""Official downloads: fetched within seconds or given up, checked against the pinned SHA-256 before anything is unpacked."""

import hashlib
import http.client
import shutil
import socket
import tarfile
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from wireplan.rim.engines.kinds import Release, machine
from wireplan.rim.trouble import Trouble

# A host that answers, answers within this; one that does not must not hold up the build that can do without it.
CONNECT_SECONDS = 3.0
CHUNK = 1024 * 1024


class UnavailableError(Exception):
    """This way does not lead to the program here; the next one may."""


def fetch(way: Release, name: str, target: Path) -> None:
    """Have the program, and what belongs to it, in the folder `target`.

    Raises:
        UnavailableError: no checksum for this machine, or the host cannot be reached.
        Trouble: what came is not what was pinned.
    """
    wanted = way.sha256.get(machine())
    if wanted is None:
        raise UnavailableError(f"no confirmed checksum for {machine()}")
    with tempfile.TemporaryDirectory(dir=target) as folder:
        archive = Path(folder) / "download"
        got = download(way.url.format(machine=machine()), archive)
        if got != wanted:
            raise Trouble(
                f"the download of {name} is not what it should be",
                why=f"{way.url.format(machine=machine())}\nhas the SHA-256 {got}, not {wanted}",
                fix="do not use it; tell us, and meanwhile put the program on PATH yourself",
            )
        if not way.members:
            archive.chmod(0o755)
            archive.replace(target / name)
            return
        root = Path(folder) / "root"
        with tarfile.open(archive) as opened:
            opened.extractall(root, filter="data")
        place(root, way.members, target)


def refuse_unreachable(url: str) -> None:
    """Refuse a host that does not take a connection at once; looking up its name alone can take half a minute.

    Raises:
        UnavailableError: it does not.
    """
    parts = urllib.parse.urlsplit(url)
    if urllib.request.getproxies().get(parts.scheme):
        return
    answer: list[str] = ["no answer within seconds"]

    def knock() -> None:
        try:
            port = parts.port or {"http": 80}.get(parts.scheme, 443)
            socket.create_connection((parts.hostname or "", port), CONNECT_SECONDS).close()
        except OSError as error:
            answer[0] = error.strerror or str(error)
        else:
            answer[0] = ""

    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    if answer[0]:
        raise UnavailableError(f"{parts.hostname} cannot be reached ({answer[0]})")


def download(url: str, path: Path) -> str:
    """Download to `path`; return the SHA-256 of what came.

    Raises:
        UnavailableError: the host cannot be reached, or does not have it.
    """
    refuse_unreachable(url)
    total = hashlib.sha256()
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_SECONDS) as response, path.open("wb") as out:  # noqa: S310 - our table's own addresses
            while block := response.read(CHUNK):
                total.update(block)
                out.write(block)
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        raise UnavailableError(
            f"the download from {urllib.parse.urlsplit(url).hostname} failed ({getattr(error, 'reason', error)})"
        ) from error
    return total.hexdigest()


def place(root: Path, members: Mapping[str, str], target: Path) -> None:
    """Move the members out of the unpacked tree into `target`; one that went with another becomes a link to it."""
    for name, member in members.items():
        if (root / member).exists():
            shutil.move(root / member, target / name)
        else:
            (target / name).symlink_to(member)
