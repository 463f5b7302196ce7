"""Which copy of a program is taken: our own, then PATH's, and only in a version that will do."""

from dataclasses import replace
from pathlib import Path

import pytest
from wireplan.rim.engines import places, survey
from wireplan.rim.engines.kinds import Ask, Build, Engine, Fit, Purpose, Release, System, numbers

TOOL = Engine(
    "tool",
    "1.4.0",
    Purpose.CHECKS,
    ways=(System("tool"),),
    fit=Fit("1.4", "2"),
    ask=Ask(("--version",), r"tool v(\S+)"),
)


def program(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tool"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    places.version_of.cache_clear()
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("version", "fits"),
    [("1.4", True), ("1.10.2", True), ("1.4.0-rc1", True), ("1.3.9", False), ("2.0.0", False)],
)
def test_a_version_is_compared_by_its_numbers(version: str, fits: bool) -> None:
    assert TOOL.fits.takes(version) is fits


def test_without_a_range_only_the_very_version_will_do() -> None:
    exact = Engine("tool", "1.4.0", Purpose.CHECKS, ways=())
    assert exact.fits.takes("1.4.0")
    assert not exact.fits.takes("1.4.1")


def test_numbers_ignore_what_follows_the_release() -> None:
    assert numbers("1.6.20+ds1-1") == (1, 6, 20)


def test_a_fitting_program_on_path_is_taken(home: Path, tmp_path: Path) -> None:
    where = program(tmp_path / "bin", "echo tool v1.5.0")
    assert places.on_path(TOOL) == (where, "1.5.0")


@pytest.mark.parametrize(
    "text", ["echo tool v1.3.0", "echo something else", "exit 3", "echo tool v2.0.0 >&2"]
)
def test_a_program_of_another_version_or_without_one_is_not_taken(
    home: Path, tmp_path: Path, text: str
) -> None:
    program(tmp_path / "bin", text)
    assert places.on_path(TOOL) is None


def test_of_our_own_copies_the_newest_fitting_is_taken(home: Path) -> None:
    for version in ("1.4.0", "1.10.0", "1.9.0", "2.1.0"):
        program(home / "tools" / "tool" / version, "true")
    assert places.installed(TOOL) == home / "tools" / "tool" / "1.10.0" / "tool"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A program that is built from a module of ours."""
    (tmp_path / "modules" / "tool").mkdir(parents=True)
    (tmp_path / "modules" / "tool" / "main.go").write_text("package main")
    monkeypatch.setattr(places, "MODULES", tmp_path / "modules")
    return Engine("tool", "1.4.0", Purpose.CHECKS, ways=(Build("tool"),))


def test_a_change_of_our_own_sources_is_built_anew(home: Path, tmp_path: Path, built: Engine) -> None:
    where = program(home / "tools" / "tool" / places.edition("1.4.0", Build("tool")), "true")
    assert places.installed(built) == where
    (tmp_path / "modules" / "tool" / "main.go").write_text("package main // mended")
    assert places.installed(built) is None


def test_a_build_of_unknown_sources_does_not_count_and_a_download_of_the_version_does(
    home: Path, built: Engine
) -> None:
    where = program(home / "tools" / "tool" / "1.4.0", "true")
    assert places.installed(built) is None
    also = replace(built, ways=(*built.ways, Release("1.4.0", "http://example.invalid", {})))
    assert places.installed(also) == where


def test_a_half_made_copy_does_not_count(home: Path) -> None:
    (home / "tools" / "tool" / "1.4.0").mkdir(parents=True)
    (home / "tools" / "tool" / ".new-x1.4.0").mkdir()
    assert places.installed(TOOL) is None


def test_the_list_says_how_a_missing_program_would_be_had(home: Path) -> None:
    rows = survey.survey()
    kubeconform = next(row for row in rows if row.name == "kubeconform")
    assert kubeconform.where == ""
    assert "kubeconform" in survey.table(rows)
    assert "not here; by release, then build" in survey.table(rows)
