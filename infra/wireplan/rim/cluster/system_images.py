"""The images of the cluster's own parts, made before the nodes ask for them: one static program each, under the public name."""

from wireplan.rim.images import build, recipes

PARTS = ("pause", "coredns", "metrics-server", "cnpg")
COREDNS = recipes.recipe("coredns").name
METRICS = recipes.recipe("metrics-server").name


def ensure() -> None:
    """Have them in the layout that the registry serves."""
    layout = build.here()
    for key in PARTS:
        build.image(layout, recipes.recipe(key))
