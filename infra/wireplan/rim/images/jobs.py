"""The image of the Jobs that make topics and buckets: base Python, two clients, and the scripts in tools/."""

from pathlib import Path

from wireplan.rim.images import build, dependencies, recipes
from wireplan.rim.images.dependencies import Dependencies
from wireplan.rim.images.layers import Entry, tree
from wireplan.rim.images.layout import Config, Held, Layout
from wireplan.rim.images.parts import Files

TOOLS = Path(__file__).parent / "tools"
PACKAGE = "wireplan.rim.images.tools"


def tools(layout: Layout) -> Held:
    """Have the image; its tag is its content."""
    base = layout.layers(build.image(layout, recipes.PYTHON).digest)
    clients = Dependencies((TOOLS / "requirements.txt").read_text(), "app/deps", layout.path(base[-1].digest))
    layers = [
        build.layer(layout, clients, "packages of the tools image"),
        build.layer(layout, Files(tuple(scripts()))),
    ]
    config = Config(
        entrypoint=["python3", "-m", PACKAGE],
        env=dependencies.ENVIRONMENT,
        user="10001",
        folder="/app",
    )
    held = build.by_content(f"{build.HOST}/tools", layout.compose([*base, *layers], config))
    layout.tag(held)
    return held


def scripts() -> list[Entry]:
    """The scripts under their own import path, above which the packages are empty: nothing else of Wireplan goes in."""
    folder = "app/src/" + PACKAGE.replace(".", "/")
    parents = PACKAGE.split(".")[:-1]
    empty = [
        Entry(f"app/src/{'/'.join(parents[:count])}/__init__.py", b"") for count in range(1, len(parents) + 1)
    ]
    return [*empty, *tree(TOOLS, folder)]
