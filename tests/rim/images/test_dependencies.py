"""Locked packages: asked of uv once a lock, and laid out without what differs from machine to machine."""

import tarfile
from pathlib import Path
from typing import Any

import pytest
from wireplan.rim.images import dependencies
from wireplan.rim.images.dependencies import Dependencies, exported
from wireplan.rim.images.layout import Layout


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run; an export answers with the package's name."""
    commands: list[list[str]] = []

    def output(command: list[Any], **_: object) -> str:
        commands.append([str(word) for word in command])
        return f"closure of {command[-1]}\n"

    monkeypatch.setattr(dependencies, "output", output)
    monkeypatch.setattr(dependencies, "uv", lambda: Path("uv"))
    return commands


def test_an_export_is_asked_for_once_a_lock(layout: Layout, tmp_path: Path, asked: list[list[str]]) -> None:
    """Another lock is another question, another package too."""
    for file in ("uv.lock", "pyproject.toml"):
        (tmp_path / file).write_text("one")
    assert exported(layout, tmp_path, "tube-upload") == "closure of tube-upload\n"
    assert exported(layout, tmp_path, "tube-upload") == "closure of tube-upload\n"
    assert len(asked) == 1
    assert exported(layout, tmp_path, "tube-auth") == "closure of tube-auth\n"
    (tmp_path / "uv.lock").write_text("two")
    exported(layout, tmp_path, "tube-upload")
    assert len(asked) == 3


def test_only_wheels_with_the_locked_hashes_are_installed_for_the_images_python(
    asked: list[list[str]], tmp_path: Path
) -> None:
    """A source distribution would run its own code on this machine."""
    dependencies.install("", tmp_path)
    assert {"--require-hashes", "--no-deps", "--only-binary", dependencies.PLATFORM, "3.13"} <= set(asked[0])


def test_what_names_the_building_machine_stays_out(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiled files come along; the packages' data about themselves too, since entry points are found by it."""

    def install(_: str, target: Path) -> None:
        for path in (
            "bin/tool",
            "pkg/__init__.py",
            "pkg/__pycache__/__init__.cpython-313.pyc",
            "pkg/bin/data",
            "pkg-1.dist-info/RECORD",
            "pkg-1.dist-info/METADATA",
            "pkg-1.dist-info/entry_points.txt",
        ):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text("")

    monkeypatch.setattr(dependencies, "install", install)
    monkeypatch.setattr(dependencies, "compiled", lambda *_: None)
    with layout.writing() as out:
        Dependencies("", "app/deps", tmp_path / "base").write(out)
    with tarfile.open(layout.path(out.blob().digest)) as archive:
        files = {info.name.removeprefix("app/deps/") for info in archive if info.isfile()}
    assert files == {
        "pkg/__init__.py",
        "pkg/__pycache__/__init__.cpython-313.pyc",
        "pkg/bin/data",
        "pkg-1.dist-info/METADATA",
        "pkg-1.dist-info/entry_points.txt",
    }
