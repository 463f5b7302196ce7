"""Make what is missing: a layer once a stamp, an image once a set of layers and a config."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from wireplan.rim import home, talk
from wireplan.rim.images.layout import Blob, Config, Held, Layout
from wireplan.rim.images.parts import Part, stamped

HOST = "wireplan.local"  # of images that nobody publishes
TAG_LENGTH = 12


@dataclass(frozen=True)
class Recipe:
    """One image: its short word, its full name, its layers (the lowest first), and how it starts."""

    key: str
    name: str
    parts: Sequence[Part]
    config: Config


def here() -> Layout:
    """The layout in the cache, which the cluster's registry serves."""
    return Layout(home.cache() / "images")


def image(layout: Layout, recipe: Recipe) -> Held:
    """The image, made now if it is not there or was made from other inputs."""
    stamp = stamped([part.stamp() for part in recipe.parts], recipe.config)
    if held := layout.find(recipe.name, stamp):
        return held
    with layout.locked(f"image-{recipe.key}"):
        # Another process may have made it while this one waited for the lock.
        if held := layout.find(recipe.name, stamp):
            return held
        with talk.step(f"image {recipe.name}"):
            return layout.image(
                recipe.name, [layer(layout, part) for part in recipe.parts], recipe.config, stamp
            )


def forget(layout: Layout, recipe: Recipe) -> None:
    """Let the next `image` make the layers anew: from today's packages, where a part is made of packages.

    The image that is there keeps its name until then, since a build may fail.
    """
    if held := layout.find(recipe.name):
        layout.tag(replace(held, stamp=""))
    for part in recipe.parts:
        layout.forget(part.stamp())


def by_content(repository: str, manifest: Blob) -> Held:
    """A name whose tag is the image's own content, not yet in the index."""
    return Held(
        f"{repository}:{manifest.digest.removeprefix('sha256:')[:TAG_LENGTH]}", manifest.digest, manifest.size
    )


def layer(layout: Layout, part: Part, said: str = "") -> Blob:
    """The part's layer, written now if it is not there, and then announced as `said`."""
    stamp = part.stamp()
    with layout.locked(f"layer-{stamp}"):
        if blob := layout.noted(stamp):
            return blob
        with talk.step(said) if said else nullcontext(), layout.writing() as out:
            part.write(out)
        blob = out.blob()
        layout.note(stamp, blob)
        return blob
