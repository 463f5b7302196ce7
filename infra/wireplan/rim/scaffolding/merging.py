"""Three-way merges of text by git, which everybody who reads the marks of a conflict already knows."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from wireplan.rim import process
from wireplan.rim.trouble import Trouble
from wireplan.skeletons.merge import BASE_LABEL, MINE_LABEL, NEW_LABEL

# git merge-file's exit value is the number of conflicts, at most 127; more is an error.
CONFLICTS_MAX = 127


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged text, and how many places of it a person must decide."""

    text: str
    conflicts: int


def merge(mine: str, base: str, new: str) -> Merged | None:
    """Both sides' changes since `base`; None when there is no git.

    Raises:
        Trouble: git cannot merge the texts, as when one of them is no text.
    """
    git = process.found("git")
    if git is None:
        return None
    labels = [word for label in (MINE_LABEL, BASE_LABEL, NEW_LABEL) for word in ("-L", label)]
    with tempfile.TemporaryDirectory(prefix="wireplan-merge-") as folder:
        paths = [Path(folder, name) for name in ("mine", "base", "new")]
        for path, text in zip(paths, (mine, base, new), strict=True):
            path.write_bytes(encoded(text))
        code, merged, said = process.ended([git, "merge-file", "-p", "--diff3", *labels, *paths])
    if code < 0 or code > CONFLICTS_MAX:
        raise Trouble("git merge-file could not merge", why=said.decode(errors="replace").strip())
    return Merged(decoded(merged), code)


def encoded(text: str) -> bytes:
    """The bytes of a text; what was no UTF-8 when read comes out as it was."""
    return text.encode(errors="surrogateescape")


def decoded(data: bytes) -> str:
    """The text of a file's bytes, line ends as they are."""
    return data.decode(errors="surrogateescape")
