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


LOCKED = """\
requests==2 \\
    --hash=sha256:1
urllib3==2 \\
    --hash=sha256:2
urllib3-future==2 ; sys_platform == 'linux' \\
    --hash=sha256:3
"""
PATHS = {
    "requests": ["requests/__init__.py"],
    "urllib3": ["urllib3/__init__.py"],
    "urllib3-future": [
        "urllib3_future/__init__.py",
        "urllib3/__init__.py",
        "urllib3/more.py",
        "urllib3_future.pth",
    ],
}


def test_a_package_that_writes_another_ones_files_leaves_them_to_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever the order: else a layer of the same lock holds the files now of the one, now of the other."""

    def unpack(requirements: str, target: Path) -> None:
        for name in map(dependencies.package, dependencies.split(requirements)):
            for path in PATHS[name]:
                (target / path).parent.mkdir(parents=True, exist_ok=True)
                (target / path).write_text(name)

    monkeypatch.setattr(dependencies, "unpack", unpack)
    target = tmp_path / "packages"
    dependencies.install(LOCKED, target)
    assert {str(path.relative_to(target)): path.read_text() for path in target.rglob("*.*")} == {
        "requests/__init__.py": "requests",
        "urllib3/__init__.py": "urllib3",
        "urllib3_future/__init__.py": "urllib3-future",
    }


def test_a_layer_is_named_by_what_is_left_out_of_it_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One that was made before is not taken for it; others keep their names."""
    held, plain = (Dependencies(text, "app/deps", tmp_path) for text in (LOCKED, "requests==2\n"))
    before = held.stamp(), plain.stamp()
    monkeypatch.setattr(dependencies, "STANDING_IN", {})
    assert held.stamp() != before[0]
    assert plain.stamp() == before[1]


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
