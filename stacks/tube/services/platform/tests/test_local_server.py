"""The server that tests of a member get: it needs nothing of the machine."""

import pwd
from pathlib import Path

import pytest

from tube_platform.testing import postgres as local


def test_bare_machine_has_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Postgres is installed, nobody is called postgres, and root may run the tests."""
    known = pwd.getpwnam

    def user(name: str) -> pwd.struct_passwd:
        if name == "postgres":
            raise KeyError(name)
        return known(name)

    monkeypatch.setattr(local, "installed", lambda: None)
    monkeypatch.setattr(pwd, "getpwnam", user)
    programs = local.programs()
    assert programs is not None
    server = local.LocalPostgres()
    server.start(programs)
    try:
        assert server.execute("postgres", "select 1") == [(1,)]
    finally:
        server.stop()
    assert not server.folder.exists()
    assert not server.data.exists()


def test_its_data_is_in_memory_where_there_is_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else where the machine keeps what is temporary: containers often have little, and only Linux has it."""
    monkeypatch.setattr(local, "MEMORY", tmp_path)
    monkeypatch.setattr(local, "ROOM", 1)
    assert local._place() == tmp_path
    monkeypatch.setattr(local, "ROOM", 2**62)
    assert local._place() is None
    monkeypatch.setattr(local, "MEMORY", tmp_path / "none")
    assert local._place() is None


def test_machine_that_the_wheel_is_not_for_uses_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The newest of what is installed."""
    for version in ("15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin/initdb").touch()
    monkeypatch.setattr(local, "PACKAGE", "no_such_package")
    monkeypatch.setattr(local, "PLACES", (f"{tmp_path}/*/bin",))
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert local.programs() == tmp_path / "17/bin"
