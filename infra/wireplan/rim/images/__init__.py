"""Container images without a Docker engine: system images, service images, and the registry that serves them.

The functions import what they need when they are called: the registry lives in this package and must start at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def system(keys: Iterable[str] | None = None) -> dict[str, str]:
    """Have the system images `keys` (all of them by default) in the layout; key to image name.

    Raises:
        Trouble: an unknown key, or an image could not be made.
    """
    from wireplan.rim.images import build, recipes

    layout = build.here()
    return {key: build.image(layout, recipes.recipe(key)).name for key in keys or recipes.RECIPES}


def services(workspace: Path, system: str, names: Iterable[str]) -> dict[str, str]:
    """Have an image for each of the services `names` of the uv workspace; service to `name:tag@digest`.

    Raises:
        Trouble: the workspace or a service in it is missing, or its packages could not be had.
    """
    from wireplan.rim.images import build
    from wireplan.rim.images.workspace import build_services

    return build_services(build.here(), workspace, system, names)


def tools() -> str:
    """Have the image of the Jobs that make topics and buckets; its `name:tag@digest`."""
    from wireplan.rim.images import build, jobs

    return jobs.tools(build.here()).reference
