"""Write rendered files into a folder, and take away what an earlier run of the same command left there and this one has no use for.

An inventory in the folder, one a command, says which files are ours and what they held; a file that somebody changed is not removed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from wireplan.rim import files, talk
from wireplan.rim.trouble import Trouble

# Not *.json: kubectl apply and kubeconform read every such file of a folder as an object.
INVENTORY, MONITORING = ".wireplan-rendered", ".wireplan-monitoring"


@dataclass(frozen=True, slots=True)
class Written:
    """What a render did to a folder."""

    changed: tuple[str, ...]
    same: int
    removed: tuple[str, ...]
    kept: tuple[str, ...]  # stale, but changed by somebody


def write(folder: Path, wanted: Mapping[str, str], listing: str = INVENTORY) -> Written:
    """Bring `folder` to the wanted files; what is not named in the inventory `listing` is somebody else's.

    Raises:
        Trouble: the folder or its inventory cannot be read or written.
    """
    with files.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        before = inventory(folder / listing)
        changed = tuple(name for name, text in wanted.items() if put(folder / name, text.encode()))
        removed, kept = clear(folder, {name: digest for name, digest in before.items() if name not in wanted})
        now = {name: digest(text.encode()) for name, text in wanted.items()}
        files.write(folder / listing, json.dumps(now, indent=2) + "\n")
    return Written(changed, len(wanted) - len(changed), removed, kept)


def put(file: Path, content: bytes) -> bool:
    """Write by a rename, without waiting for the disk: what a crash takes, the next render brings. Whether it changed."""
    try:
        if file.read_bytes() == content:
            return False
    except FileNotFoundError:
        pass
    temporary = file.with_name(f".{file.name}.new")
    temporary.write_bytes(content)
    temporary.replace(file)
    return True


def clear(folder: Path, stale: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove stale files that are as we wrote them; the names of those removed, and of those kept."""
    removed: list[str] = []
    kept: list[str] = []
    for name, ours in stale.items():
        file = folder / name
        if not file.is_file():
            continue
        if digest(file.read_bytes()) == ours:
            file.unlink()
            removed.append(name)
        else:
            kept.append(name)
    return tuple(removed), tuple(kept)


def tell(folder: Path, done: Written) -> None:
    """Say what was done to a folder."""
    talk.say(f"{folder}: {len(done.changed)} written, {done.same} unchanged, {len(done.removed)} removed")
    for name in done.kept:
        talk.say(f"  {name} is of an earlier run, but somebody changed it: it stays")


def inventory(file: Path) -> dict[str, str]:
    """The files of the last run and their digests. Names with a folder in them are not ours, whoever wrote them.

    Raises:
        Trouble: the inventory cannot be read.
    """
    if not file.is_file():
        return {}
    try:
        found = cast("dict[str, str]", json.loads(file.read_text()))
        return {str(name): str(held) for name, held in found.items() if Path(name).name == name}
    except (ValueError, AttributeError) as error:
        raise Trouble(
            f"{file} is damaged", why=str(error), fix="remove it; stale files are then yours to remove"
        ) from error


def digest(content: bytes) -> str:
    """What a file held."""
    return hashlib.sha256(content).hexdigest()
