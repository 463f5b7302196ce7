"""Images are handed to a Docker engine as one archive."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from wireplan.rim.images import docker
from wireplan.rim.images.layers import Entry
from wireplan.rim.images.layout import Blob, Config, Held, Layout
from wireplan.rim.trouble import Trouble


@pytest.fixture
def images(layout: Layout, layer: Callable[..., Blob]) -> list[Held]:
    """Two images over one base."""
    base = layer(Entry("base", b"base"))
    return [
        layout.image(f"wireplan.local/tube/{name}:1", [base, layer(Entry(name, b""))], Config())
        for name in ("a", "b")
    ]


def fake_docker(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_an_archive_holds_a_shared_layer_once_and_names_every_image(
    layout: Layout, images: list[Held]
) -> None:
    """In the form that all versions of `docker load` read."""
    out = io.BytesIO()
    docker.archive(layout, images, out)
    out.seek(0)
    with tarfile.open(fileobj=out) as archive:
        names = archive.getnames()
        table = json.loads(archive.extractfile("manifest.json").read())  # type: ignore[union-attr]
    assert len(names) == len(set(names))
    assert [one["RepoTags"] for one in table] == [["wireplan.local/tube/a:1"], ["wireplan.local/tube/b:1"]]
    assert all(path in names for one in table for path in [one["Config"], *one["Layers"]])


def test_the_engine_is_given_the_archive(
    layout: Layout, images: list[Held], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `docker load`, on its stdin."""
    fake_docker(tmp_path, f'[ "$1" = load ] && cat > {tmp_path}/loaded; exit 0', monkeypatch)
    docker.load(layout, images)
    with tarfile.open(tmp_path / "loaded") as archive:
        assert "manifest.json" in archive.getnames()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'Cannot connect to the Docker daemon' >&2; exit 1", "no Docker engine answers"),
        ('[ "$1" = load ] && { echo no space left >&2; exit 1; }; exit 0', "docker load refused"),
    ],
)
def test_an_engine_that_is_away_or_refuses_is_told(
    layout: Layout,
    images: list[Held],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    said: str,
) -> None:
    """In its own words."""
    fake_docker(tmp_path, script, monkeypatch)
    with pytest.raises(Trouble, match=said) as trouble:
        docker.load(layout, images)
    assert trouble.value.why
