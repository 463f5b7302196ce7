"""buf, the checker of protos, run over a folder: lint by its own rules, breaking changes against an earlier folder."""

from collections.abc import Sequence
from pathlib import Path

from wireplan.changes.contracts import Complaint, complaints
from wireplan.rim import engines, process
from wireplan.rim.trouble import Trouble

FINE, FOUND = 0, 100  # buf's exit codes; every other means that it could not look


def lint(folder: Path) -> list[Complaint]:
    """What `buf lint` says of the protos in `folder`, by the buf.yaml in it or above it.

    Raises:
        Trouble: buf cannot be had, or could not look.
    """
    return said(["lint", "."], folder)


def breaking(folder: Path, earlier: Path) -> list[Complaint]:
    """What of the protos in `earlier` those in `folder` break.

    Raises:
        Trouble: buf cannot be had, or could not look.
    """
    return said(["breaking", ".", "--against", str(earlier)], folder)


def said(words: Sequence[str], folder: Path) -> list[Complaint]:
    """What buf says; it names files from the folder that it runs in."""
    command = [engines.path("buf"), *words, "--error-format", "json"]
    code, out, err = process.ended(command, cwd=folder)
    if code not in (FINE, FOUND):
        why = err.decode(errors="replace").strip()
        raise Trouble(
            f"buf {words[0]} could not look at {folder}", why=why, fix="mend its buf.yaml, or what it says"
        )
    return complaints(out.decode(errors="replace"))
