"""Clear the layout of what newer images have replaced."""

import time
from collections import defaultdict
from pathlib import Path

from wireplan.rim.images.build import HOST
from wireplan.rim.images.layout import Held, Layout
from wireplan.rim.images.names import parse

SPARED_SECONDS = 3600  # a build that runs now has written layers that no image names yet


def sweep(layout: Layout, keep: int, now: float | None = None) -> int:
    """Untag all but the `keep` newest images of each repository of ours, delete what is unused; the bytes freed.

    A node that must pull a swept image again cannot; pods name their image by digest, so keep what may still run.
    """
    layout.untag(replaced(layout, keep))
    used: set[str] = set()
    for held in layout.names().values():
        used.add(held.digest)
        if layout.path(held.digest).is_file():
            used.update(layout.parts(held.digest))
    before = (time.time() if now is None else now) - SPARED_SECONDS
    return sum(
        map(
            deleted,
            (
                path
                for path in blobs(layout)
                if f"sha256:{path.name}" not in used and path.stat().st_mtime < before
            ),
        )
    )


def replaced(layout: Layout, keep: int) -> list[str]:
    """The names of all but the newest images of each of our own repositories; a public name has one image only."""
    groups: dict[str, list[Held]] = defaultdict(list)
    for held in layout.names().values():
        if held.name.startswith(f"{HOST}/"):
            groups[parse(held.name).repository].append(held)
    return [held.name for group in groups.values() for held in newest_first(layout, group)[keep:]]


def newest_first(layout: Layout, group: list[Held]) -> list[Held]:
    """Images by the time that their manifest was written."""

    def age(held: Held) -> float:
        path = layout.path(held.digest)
        return path.stat().st_mtime if path.is_file() else 0.0

    return sorted(group, key=age, reverse=True)


def blobs(layout: Layout) -> list[Path]:
    """Every blob in the layout."""
    folder = layout.root / "blobs" / "sha256"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def deleted(path: Path) -> int:
    """Delete a blob; its size."""
    size = path.stat().st_size
    path.unlink()
    return size
