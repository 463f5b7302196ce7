"""The layout keeps images whole, whoever else reads or writes it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from wireplan.rim.images.layers import Entry
from wireplan.rim.images.layout import LAYER, MANIFEST, Blob, Config, Held, Layout

Images = Callable[..., Held]
NAME = "wireplan.local/tube/upload:1"


def test_an_image_is_found_by_its_name(layout: Layout, small_image: Images) -> None:
    """And its manifest says what the image-spec wants."""
    held = small_image(NAME)
    assert layout.find(NAME) == held
    manifest = layout.read(held.digest)
    assert manifest["mediaType"] == MANIFEST
    assert [one["mediaType"] for one in manifest["layers"]] == [LAYER]
    config = layout.read(manifest["config"]["digest"])
    assert config["rootfs"]["diff_ids"] == [manifest["layers"][0]["digest"]]
    assert config["os"] == "linux"


def test_the_same_content_gives_the_same_digest(layout: Layout, small_image: Images) -> None:
    """Under another name, too: a name is no part of an image."""
    assert small_image("wireplan.local/a:1").digest == small_image("wireplan.local/b:1").digest
    assert small_image("wireplan.local/c:1", b"other").digest != small_image("wireplan.local/a:1").digest


def test_a_name_moves_to_the_newest_image(layout: Layout, small_image: Images) -> None:
    """The older image stays readable by digest: a running pod may still pull it."""
    old = small_image(NAME)
    new = small_image(NAME, b"changed")
    assert layout.find(NAME) == new
    assert layout.whole(old.digest)


def test_an_image_made_from_other_inputs_does_not_count(layout: Layout, layer: Callable[..., Blob]) -> None:
    """The stamp in the index says what an image was made from."""
    layout.image(NAME, [layer(Entry("a", b""))], Config(), stamp="inputs-1")
    assert layout.find(NAME, "inputs-1") is not None
    assert layout.find(NAME, "inputs-2") is None


def test_an_image_with_a_missing_blob_does_not_count(layout: Layout, small_image: Images) -> None:
    """Somebody may have cleared a part of the cache."""
    held = small_image(NAME)
    layout.path(layout.layers(held.digest)[0].digest).unlink()
    assert layout.find(NAME) is None


def test_a_failed_write_leaves_nothing_behind(layout: Layout) -> None:
    """An interrupted build is run again and finds no half blob."""

    def interrupted() -> None:
        with layout.writing() as out:
            out.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [path for path in layout.root.rglob("*") if path.is_file() and path.name != "oci-layout"] == []


def test_names_written_at_the_same_time_are_all_kept(layout: Layout, small_image: Images) -> None:
    """The index is read and replaced under a lock."""
    held = small_image("wireplan.local/first:1")
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(layout.tag, (replace(held, name=f"wireplan.local/n{i}:1") for i in range(40))))
    assert len(layout.names()) == 41


def test_a_reader_never_sees_half_an_index(layout: Layout, small_image: Images) -> None:
    """It is replaced by a rename."""
    held = small_image("wireplan.local/first:1")
    with ThreadPoolExecutor(4) as pool:
        writing = pool.map(layout.tag, (replace(held, name=f"wireplan.local/n{i}:1") for i in range(40)))
        for _ in range(200):
            json.loads((layout.root / "index.json").read_bytes())
        list(writing)


def test_containerd_reads_the_name_from_the_index(layout: Layout, small_image: Images) -> None:
    """So that the layout can be imported as it is."""
    small_image(NAME)
    index = json.loads((layout.root / "index.json").read_bytes())
    assert index["manifests"][0]["annotations"]["io.containerd.image.name"] == NAME
    assert json.loads((layout.root / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}


def test_a_name_can_be_taken_away(layout: Layout, small_image: Images) -> None:
    """Its blobs stay until a sweep."""
    held = small_image(NAME)
    layout.untag([NAME])
    assert layout.find(NAME) is None
    assert layout.whole(held.digest)
