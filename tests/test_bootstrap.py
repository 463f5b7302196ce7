"""`make` on a machine that has only Python: how it comes to uv, and what it says where it cannot."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program as a module, on a machine that has nothing."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "infra" / "bootstrap.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return module


def uv(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "uv"
    path.write_text(f"#!/bin/sh\necho uv {version}\n")
    path.chmod(0o755)
    return path


def test_a_uv_on_path_is_taken(bootstrap: ModuleType, tmp_path: Path) -> None:
    assert bootstrap.found() is None
    where = uv(tmp_path / "bin", "0.9.1")
    assert bootstrap.found() == where


def test_one_that_is_too_old_is_passed_over_for_our_own(bootstrap: ModuleType, tmp_path: Path) -> None:
    uv(tmp_path / "bin", "0.4.30")
    own = uv(tmp_path / "home" / "tools" / "uv" / "0.13.9", "0.13.9")
    assert bootstrap.found() == own


def test_where_it_puts_uv_is_where_the_tools_room_looks(bootstrap: ModuleType, tmp_path: Path) -> None:
    from wireplan.rim.engines import places
    from wireplan.rim.engines.table import ENGINES

    own = uv(bootstrap.cache() / "tools" / "uv" / bootstrap.UV, bootstrap.UV)
    assert places.installed(ENGINES["uv"]) == own
    assert ENGINES["uv"].version == bootstrap.UV


def test_of_those_that_were_fetched_this_clones_version_comes_first(
    bootstrap: ModuleType, tmp_path: Path
) -> None:
    older = uv(tmp_path / "home" / "tools" / "uv" / "0.9.2", "0.9.2")
    assert bootstrap.found() == older
    own = uv(tmp_path / "home" / "tools" / "uv" / bootstrap.UV, bootstrap.UV)
    assert bootstrap.found() == own


def test_the_wheel_is_asked_for_by_the_hash_that_the_table_of_programs_has(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wireplan.rim.engines.kinds import Wheel
    from wireplan.rim.engines.table import ENGINES

    way = ENGINES["uv"].ways[0]
    assert isinstance(way, Wheel)
    known = {"x86_64": "amd64", "aarch64": "arm64"}
    assert {known[machine]: digest for machine, digest in bootstrap.HASHES.items()} == dict(way.sha256)
    monkeypatch.setattr(bootstrap.platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr(bootstrap.platform, "machine", lambda: "x86_64")
    assert "--require-hashes" in bootstrap.wanted(tmp_path)
    assert way.sha256["amd64"] in (tmp_path / "requirements.txt").read_text()


def test_a_machine_for_which_no_wheel_is_pinned_still_gets_uv(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.platform, "machine", lambda: "riscv64")
    assert bootstrap.wanted(tmp_path) == [f"uv=={bootstrap.UV}"]


def test_pip_is_taken_where_it_is_and_else_an_environment_is_made_for_it(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"pip": "pip 24"}
    made: list[list[str]] = []
    monkeypatch.setattr(
        bootstrap, "output", lambda command: answers.get(command[2], "there" if "-c" in command else "")
    )
    monkeypatch.setattr(bootstrap, "run", made.append)
    assert bootstrap.pip(tmp_path) == [sys.executable, "-m", "pip"]
    answers.clear()
    assert bootstrap.pip(tmp_path)[0] == str(tmp_path / "environment" / "bin" / "python")
    assert made == [[sys.executable, "-m", "venv", str(tmp_path / "environment")]]


def test_without_pip_venv_and_apt_it_says_what_to_install(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "output", lambda _: "")
    assert bootstrap.main() == 2
    assert "neither pip nor venv" in capsys.readouterr().err


def test_an_older_python_is_told_which_one_is_needed(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert all(isinstance(kind, str) for kind in bootstrap.found.__annotations__.values()), (
        "an older one cannot work them out"
    )
    monkeypatch.setattr(bootstrap, "PYTHON_LEAST", (3, 99))
    assert bootstrap.main() == 2
    assert "is needed" in capsys.readouterr().err


def test_a_step_that_fails_is_a_sentence_and_no_traceback(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = uv(tmp_path / "bin", "0.13.9")
    broken.write_text('#!/bin/sh\n[ "$1" = --version ] && echo uv 0.13.9 || exit 7\n')
    assert bootstrap.main() == 2
    assert "ended with 7" in capsys.readouterr().err


def test_it_needs_nothing_but_the_standard_library() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import runpy; runpy.run_path({str(ROOT / 'infra' / 'bootstrap.py')!r})",
        ],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def test_every_target_that_the_readers_are_told_of_is_in_the_makefile() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True
    ).stdout
    targets = {line.split()[1] for line in shown.splitlines() if line.startswith("make ")}
    assert {"up", "test", "down", "fast"} <= targets
    dry = subprocess.run(
        ["make", "--dry-run", "-C", str(ROOT), *sorted(targets)], capture_output=True, text=True, check=True
    ).stdout
    assert "wireplan up stacks/tube --stack local" in dry
