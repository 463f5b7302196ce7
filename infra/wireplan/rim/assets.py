"""The one place that finds the data folders: inside the package in a wheel, at the clone's root otherwise."""

from pathlib import Path

import wireplan

PACKAGE = Path(wireplan.__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `service_templates` or `protos`.

    Raises:
        FileNotFoundError: neither a wheel's copy nor a clone's is there.
    """
    for candidate in (PACKAGE / name, PACKAGE.parent.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"{name} is neither in the package nor beside it")
