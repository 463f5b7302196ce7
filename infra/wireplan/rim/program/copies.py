"""Copies of a kubeconfig that nobody wants: the provider (4.25) writes the one which it is given into a file for Helm, and leaves it.

A run of ours gives it a folder that goes with the run (engine.py). Under a bare `pulumi up` the folder is everybody's, so the program
looks there at its end, when the provider has all that it needs.
"""

import json
import tempfile
from pathlib import Path

from wireplan.rim.program.bodies import at, rows

NAMES = "kubeconfig[0-9]*"
SECRET = ("client-key-data", "token", "password")


def remove(kubeconfig: Path, folder: Path | None = None) -> list[Path]:
    """Remove the copies of what is secret in `kubeconfig`, which is JSON, from `folder`, else from that of temporary files. Which."""
    held = credentials(kubeconfig)
    found: list[Path] = []
    for file in (folder or Path(tempfile.gettempdir())).glob(NAMES):
        try:
            if any(one in file.read_text() for one in held):
                file.unlink()
                found.append(file)
        except (OSError, ValueError):
            continue  # somebody else's, or gone
    return found


def credentials(kubeconfig: Path) -> list[str]:
    """What is secret in it; nothing where it cannot be read."""
    try:
        users = rows(json.loads(kubeconfig.read_text()), "users")
    except (OSError, ValueError):
        return []
    return [str(value) for user in users for key in SECRET if (value := at(user, "user", key))]
