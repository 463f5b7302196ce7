"""The images of the cluster's own parts, made before the nodes ask for them: one static program each, under the public name."""

from wireplan.rim.images import build, recipes

PARTS = ("pause", "coredns", "metrics-server", "cnpg")


def ensure() -> dict[str, str]:
    """Have them in the layout that the registry serves; part to name and digest.

    By its digest a node fetches an image that was made anew; of a name that it has, it never asks again.
    """
    layout = build.here()
    return {key: build.image(layout, recipes.recipe(key)).reference for key in PARTS}
