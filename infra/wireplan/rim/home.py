"""Where Wireplan keeps what is its own: one cache folder, one folder for a machine's cluster."""

import os
from pathlib import Path


def cache() -> Path:
    """Programs, images, Go caches, Pulumi's home: all can be made again. `WIREPLAN_HOME` moves it."""
    if given := os.environ.get("WIREPLAN_HOME"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wireplan"


def clusters() -> Path:
    """The embedded clusters' own data, volumes included. `WIREPLAN_CLUSTERS` moves it."""
    return Path(os.environ.get("WIREPLAN_CLUSTERS") or "/var/lib/wireplan")


def runtime() -> Path:
    """Sockets and process ids of the embedded clusters; empty after a reboot. Short, since a socket path has 107 bytes."""
    return Path(os.environ.get("WIREPLAN_RUN") or "/run/wireplan")
