"""Building from Go modules: the same flags every time, in a copy of ours, and with the disk looked at first."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from wireplan.rim import engines
from wireplan.rim.engines import golang, places, prefetch
from wireplan.rim.engines.kinds import Build
from wireplan.rim.engines.table import ENGINES
from wireplan.rim.home import cache
from wireplan.rim.trouble import Trouble

# What the machine has compiled already: the standard library need not be compiled for this test.
COMPILED = cache() / "go" / "build"


@pytest.fixture(scope="session")
def go() -> Path:
    """The toolchain of this machine, or the table's, which is had first if there is none."""
    return engines.path("go")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_persons_own_go_settings_do_not_reach_the_build(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("GOFLAGS", "-race")
    monkeypatch.setenv("GOARCH", "riscv64")
    monkeypatch.setenv("GOPROXY", "https://proxy.example")
    env = golang.environment(Path("/opt/go/bin/go"))
    assert "-race" not in env["GOFLAGS"]
    assert "GOARCH" not in env
    assert env["GOPROXY"] == "https://proxy.example", "a company's own proxy is kept"
    assert env["GOMODCACHE"] == str(home / "go" / "mod")
    assert env["PATH"].startswith("/opt/go/bin:")


def test_a_full_disk_is_told_before_anything_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 99, 1))  # type: ignore[attr-defined]  # pyright: ignore
    with pytest.raises(Trouble) as caught:
        golang.refuse_full_disk()
    assert "WIREPLAN_HOME" in caught.value.fix


def test_each_build_begins_with_a_fresh_copy_of_its_module(home: Path) -> None:
    stale = home / "go" / "src" / "pause" / "stale.go"
    stale.parent.mkdir(parents=True)
    stale.write_text("package main")
    copy = golang.copied("pause")
    assert not stale.exists()
    assert (copy / "main.go").read_text() == (places.MODULES / "pause" / "main.go").read_text()


def test_a_program_is_built_and_a_broken_one_is_told_with_its_last_lines(
    go: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    COMPILED.mkdir(parents=True, exist_ok=True)
    (home / "go").mkdir(parents=True)
    (home / "go" / "build").symlink_to(COMPILED, target_is_directory=True)
    modules = tmp_path / "modules"
    for name, text in (
        ("good", "package main\n\nfunc main() {}\n"),
        ("bad", "package main\n\nfunc main() { missing() }\n"),
    ):
        (modules / name).mkdir(parents=True)
        (modules / name / "go.mod").write_text(f"module example.local/{name}\n\ngo 1.21\n")
        (modules / name / "main.go").write_text(text)
    monkeypatch.setattr(golang, "MODULES", modules)
    golang.build(go, Build("good"), "good", tmp_path / "good")
    assert (tmp_path / "good").stat().st_mode & 0o111
    with pytest.raises(Trouble, match="exit code") as caught:
        golang.build(go, Build("bad"), "bad", tmp_path / "bad")
    assert "undefined: missing" in caught.value.why
    assert not (tmp_path / "bad").exists()


def test_while_one_program_is_built_the_sources_of_the_others_are_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = prefetch.wanted(ENGINES.values())
    assert {"kube", "pulumi", "versitygw"} <= missing.keys()
    assert "./netpol" in missing["kube"]
    assert "checks" not in missing, "nobody has asked for those"
    monkeypatch.setattr(places, "installed", lambda _: Path("/there"))
    assert prefetch.wanted(ENGINES.values()) == {}


class Slow(prefetch.Ahead):
    """Children that only sleep; what each was asked for is noted."""

    def __init__(self, modules: dict[str, list[str]], asleep: Callable[[str], bool]) -> None:
        super().__init__(Path("go"), modules)
        self.asked: list[tuple[str, str]] = []
        self.asleep = asleep
        self.sleeping = threading.Event()

    def start(self, module: str, words: Sequence[str]) -> "subprocess.Popen[bytes]":
        self.asked.append((words[0], module))
        if not self.asleep(words[0]):
            return subprocess.Popen(["echo", "an/import"], stdout=subprocess.PIPE)
        self.sleeping.set()
        return subprocess.Popen(["sleep", "60"], stdout=subprocess.PIPE, process_group=0)


def test_getting_ready_ends_with_the_run_and_begins_nothing_more() -> None:
    ahead = Slow({"one": [], "two": []}, lambda _: True)
    thread = threading.Thread(target=ahead.run)
    thread.start()
    assert ahead.sleeping.wait(10)
    ahead.end()
    thread.join(10)
    assert not thread.is_alive()
    assert ahead.asked == [("list", "one")]


def test_a_module_is_left_to_the_foreground_once_that_builds_it() -> None:
    ahead = Slow({"one": [], "two": [], "three": []}, lambda word: word == "build")
    ahead.make_way("one")
    thread = threading.Thread(target=ahead.run)
    thread.start()
    assert ahead.sleeping.wait(10)
    assert ahead.asked[3:] == [("list", "two"), ("build", "two")], (
        "all are fetched; the first is not compiled here"
    )
    ahead.sleeping.clear()
    ahead.make_way("two")
    assert ahead.sleeping.wait(10)
    assert ahead.asked[-1] == ("build", "three")
    ahead.end()
    thread.join(10)
    assert not thread.is_alive()
