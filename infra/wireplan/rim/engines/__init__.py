"""Outside programs: which, in which version, how each is had, and where it is."""

from pathlib import Path

from wireplan.rim import home
from wireplan.rim.process import found, missing


def path(name: str) -> Path:
    """Where the program is."""
    for folder in sorted((home.cache() / "tools" / name).glob("*")):
        if (folder / name).exists():
            return folder / name
    if here := found(name):
        return here
    raise missing(name)
