"""Write the folder of a new system: all of it, or nothing."""

import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from wireplan.model.base import SYSTEM
from wireplan.rim import files
from wireplan.rim.trouble import Trouble
from wireplan.skeletons import beginning


def begin(name: str, folder: Path) -> tuple[str, ...]:
    """Write the system `name` into `folder`, and say which files it has.

    Raises:
        Trouble: the name does not fit, something is in the folder already, or it cannot be written.
    """
    if not re.fullmatch(SYSTEM, name):
        raise Trouble(
            f"{name} is no name for a system",
            why="it becomes a Kubernetes namespace and begins other names",
            fix="use lower-case letters, digits and dashes, beginning with a letter, at most 32",
        )
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise Trouble(
            f"{folder} is there already and not empty", fix="name another folder, or empty it yourself"
        )
    made = beginning.files(name)
    with files.writing(folder):
        placed(made, folder)
    return tuple(sorted(made))


def placed(made: Mapping[str, str], folder: Path) -> None:
    """Write beside the folder, then take its place in one step: who is interrupted finds nothing half-written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for path, text in made.items():
            files.write(scratch / path, text)
        scratch.chmod(0o755)
        scratch.replace(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
