"""Images are made once, from layers that are made once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from wireplan.rim.images import build
from wireplan.rim.images.build import Recipe
from wireplan.rim.images.layers import Entry, Sink, pack
from wireplan.rim.images.layout import Config, Layout
from wireplan.rim.trouble import Trouble

NAME = "docker.io/library/thing:1"


@dataclass
class Counted:
    """A part that counts how often it was written."""

    content: bytes = b"x"
    fails: bool = False
    written: list[bytes] = field(default_factory=list[bytes])

    def stamp(self) -> str:
        return f"stamp-{self.content.hex()}"

    def write(self, out: Sink) -> None:
        if self.fails:
            out.write(b"half a layer")
            raise Trouble("the network is away")
        self.written.append(self.content)
        pack([Entry("file", self.content)], out)


def recipe(*parts: Counted, key: str = "thing", name: str = NAME, cmd: str = "run") -> Recipe:
    return Recipe(key, name, parts, Config(cmd=[cmd]))


def test_an_image_that_is_there_is_not_made_again(layout: Layout) -> None:
    """A second `up` does no work."""
    part = Counted()
    first = build.image(layout, recipe(part))
    assert build.image(layout, recipe(part)) == first
    assert part.written == [b"x"]


def test_other_inputs_make_another_image_under_the_same_name(layout: Layout) -> None:
    """A new version of a program replaces the image."""
    first = build.image(layout, recipe(Counted(b"v1")))
    second = build.image(layout, recipe(Counted(b"v2")))
    assert first.digest != second.digest
    assert layout.find(NAME) == second


def test_another_start_command_makes_another_image_from_the_same_layers(layout: Layout) -> None:
    """Only config and manifest are written."""
    part = Counted()
    first = build.image(layout, recipe(part))
    second = build.image(layout, recipe(part, cmd="serve"))
    assert first.digest != second.digest
    assert layout.layers(first.digest) == layout.layers(second.digest)
    assert len(part.written) == 1


def test_two_images_share_a_layer(layout: Layout) -> None:
    """The base of all services is stored and pulled once."""
    base = Counted(b"base")
    one = build.image(layout, recipe(base, Counted(b"a"), key="one", name="wireplan.local/one:1"))
    two = build.image(layout, recipe(base, Counted(b"b"), key="two", name="wireplan.local/two:1"))
    assert layout.layers(one.digest)[0] == layout.layers(two.digest)[0]
    assert base.written == [b"base"]


def test_a_lost_blob_is_made_again(layout: Layout) -> None:
    """A part of the cache may have been cleared."""
    part = Counted()
    held = build.image(layout, recipe(part))
    layout.path(layout.layers(held.digest)[0].digest).unlink()
    assert build.image(layout, recipe(part)) == held
    assert len(part.written) == 2


def test_a_forgotten_image_is_made_anew_and_keeps_its_digest_when_nothing_changed(layout: Layout) -> None:
    """Debian's updates come in only when asked for, and an update that changes nothing rolls no pod."""
    part = Counted()
    first = build.image(layout, recipe(part))
    build.forget(layout, recipe(part))
    assert layout.find(NAME) is not None, "until the new one is made, the old one is served"
    assert build.image(layout, recipe(part)) == first
    assert len(part.written) == 2


def test_a_failed_build_can_be_run_again_and_keeps_what_was_done(layout: Layout) -> None:
    """The finished layers stay; the half one is gone."""
    base, top = Counted(b"base"), Counted(b"top", fails=True)
    with pytest.raises(Trouble):
        build.image(layout, recipe(base, top))
    assert layout.find(NAME) is None
    assert list((layout.root / "tmp").iterdir()) == []
    top.fails = False
    build.image(layout, recipe(base, top))
    assert base.written == [b"base"]


def test_two_who_want_the_same_image_at_once_make_it_once(layout: Layout) -> None:
    """`up` and `cluster up` may run side by side."""
    part = Counted()
    with ThreadPoolExecutor(8) as pool:
        held = list(pool.map(lambda _: build.image(layout, recipe(part)), range(8)))
    assert len(set(held)) == 1
    assert part.written == [b"x"]
