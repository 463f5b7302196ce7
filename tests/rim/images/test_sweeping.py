"""Sweeping deletes what newer images replaced, and nothing that may run."""

import os
from collections.abc import Callable

from wireplan.rim.images.layout import Config, Held, Layout
from wireplan.rim.images.sweeping import SPARED_SECONDS, sweep

LATER = 10.0 * SPARED_SECONDS
Images = Callable[..., Held]


def aged(layout: Layout, held: Held, seconds: float) -> Held:
    """Make the image's blobs look as if written at `seconds`."""
    for digest in [held.digest, *layout.parts(held.digest)]:
        os.utime(layout.path(digest), (seconds, seconds))
    return held


def test_the_newest_images_of_a_service_stay(layout: Layout, small_image: Images) -> None:
    """Older ones go with their layers."""
    made = [
        aged(layout, small_image(f"wireplan.local/tube/upload:{n}", str(n).encode()), n) for n in range(5)
    ]
    assert sweep(layout, keep=2, now=LATER) > 0
    assert [layout.find(held.name) is not None for held in made] == [False, False, False, True, True]
    assert [layout.whole(held.digest) for held in made] == [False, False, False, True, True]


def test_a_layer_that_a_kept_image_shares_stays(layout: Layout, small_image: Images) -> None:
    """The base of all services is older than each of them."""
    old = aged(layout, small_image("wireplan.local/tube/upload:1"), 1)
    base = layout.layers(old.digest)
    new = layout.image("wireplan.local/tube/upload:2", base, Config(cmd=["other"]))
    sweep(layout, keep=1, now=LATER)
    assert layout.find(old.name) is None
    assert layout.find(new.name) == new


def test_public_images_stay_and_what_they_replaced_goes(layout: Layout, small_image: Images) -> None:
    """A public name has one image; the blobs of its former one are unused."""
    old = aged(layout, small_image("docker.io/library/caddy:2", b"old"), 1)
    new = aged(layout, small_image("docker.io/library/caddy:2", b"new"), 2)
    sweep(layout, keep=1, now=LATER)
    assert not layout.path(old.digest).exists()
    assert layout.find(new.name) == new


def test_layers_of_a_build_that_runs_now_are_spared(layout: Layout) -> None:
    """No image names them yet."""
    blob = layout.put(b"a layer of an image that is not finished")
    assert sweep(layout, keep=1) == 0
    assert layout.path(blob.digest).is_file()


def test_an_image_that_was_made_before_and_again_now_counts_as_new(
    layout: Layout, small_image: Images
) -> None:
    """A person takes an edit back: what runs now has the oldest manifest of all."""
    first = aged(layout, small_image("wireplan.local/tube/upload:1", b"first"), 1)
    aged(layout, small_image("wireplan.local/tube/upload:2", b"second"), 2)
    small_image(first.name, b"first")
    sweep(layout, keep=1, now=LATER)
    assert layout.find(first.name) == first


def test_a_layer_that_a_build_found_a_moment_ago_is_spared(layout: Layout) -> None:
    blob = layout.put(b"made long ago")
    os.utime(layout.path(blob.digest), (1, 1))
    layout.note("inputs", blob)
    assert layout.noted("inputs") == blob
    assert sweep(layout, keep=1) == 0
