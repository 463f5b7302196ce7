"""A layout of its own for each test, and small images in it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from wireplan.rim.images.layers import Entry, pack
from wireplan.rim.images.layout import Blob, Config, Held, Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An empty layout."""
    return Layout(tmp_path / "images")


@pytest.fixture
def layer(layout: Layout) -> Callable[..., Blob]:
    """A function that makes a layer of entries."""

    def make(*entries: Entry) -> Blob:
        with layout.writing() as out:
            pack(entries, out)
        return out.blob()

    return make


@pytest.fixture
def small_image(layout: Layout, layer: Callable[..., Blob]) -> Callable[..., Held]:
    """A function that makes an image with one file."""

    def make(name: str, content: bytes = b"hello") -> Held:
        return layout.image(name, [layer(Entry("greeting", content))], Config(entrypoint=["/greeting"]))

    return make
