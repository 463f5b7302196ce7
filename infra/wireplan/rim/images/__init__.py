"""Container images without a Docker engine: system images, service images, and the registry that serves them.

The functions import what they need when they are called: the registry lives in this package and must start at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def system(keys: Iterable[str] | None = None) -> dict[str, str]:
    """Have the system images `keys` (all of them by default) in the layout; key to image name.

    Raises:
        Trouble: an unknown key, or an image could not be made.
    """
    from wireplan.rim.images import build, recipes

    layout = build.here()
    return {key: build.image(layout, recipes.recipe(key)).name for key in keys or recipes.RECIPES}
