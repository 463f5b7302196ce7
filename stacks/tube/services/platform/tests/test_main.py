"""The entry of a service: what it is called with, and what its exit code says."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import urllib.request
from pathlib import Path

import pytest

from tube_platform import main, wiring
from tube_platform.testing.postgres import LocalPostgres

REVISION = """
from alembic import op

revision = "x_0001"
down_revision = None
branch_labels = ("x",)
depends_on = None


def upgrade() -> None:
    op.execute("create table things (n integer)")
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The package of a service, its wiring, and a module that wires nothing."""
    package = tmp_path / "some_service"
    (package / "migrations").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "wired.py").write_text("def wire(app): print(f'wired {app.wiring.service}', flush=True)\n")
    (package / "migrations" / "x_0001.py").write_text(REVISION)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "some_service", raising=False)
    wired(monkeypatch, tmp_path, '{"version": 1, "system": "test", "service": "some"}')
    return "some_service"


def wired(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    """Where the process finds its wiring."""
    (folder / "wiring.json").write_text(text)
    monkeypatch.setenv("WIREPLAN_WIRING", str(folder / "wiring.json"))


def run(monkeypatch: pytest.MonkeyPatch, package: str, *words: str) -> int:
    """The exit code."""
    monkeypatch.setattr(sys, "argv", ["service", *words])
    return main.main(package)


@pytest.mark.parametrize("words", [(), ("start",), ("serve", "now")])
def test_wrong_use_is_told(
    service: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """With what there is."""
    assert run(monkeypatch, service, *words) == 2
    assert capsys.readouterr().err == "usage: python -m some_service serve | migrate | sql\n"


def test_sql_needs_neither_a_database_nor_a_wiring(
    service: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Linters and people have none."""
    monkeypatch.delenv("WIREPLAN_WIRING")
    assert run(monkeypatch, service, "sql") == 0
    assert "create table things" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["serve", "migrate"])
def test_a_wiring_of_another_version_is_told_in_a_line(
    service: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    word: str,
) -> None:
    """Not by a traceback: it is what a person sees in the log of a pod that does not start."""
    wired(monkeypatch, tmp_path, '{"version": 99, "system": "test", "service": "some"}')
    assert run(monkeypatch, service, word) == 2
    told = capsys.readouterr().err
    assert told.startswith("some_service: ")
    assert "version 99" in told
    assert told.count("\n") == 1


def test_a_service_without_a_database_has_nothing_to_migrate(
    service: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The topology and whoever calls it disagree."""
    assert run(monkeypatch, service, "migrate") == 2
    assert "no database" in capsys.readouterr().err


def test_migrate_brings_the_database_of_the_wiring_up_to_date(
    service: str, monkeypatch: pytest.MonkeyPatch, postgres: LocalPostgres
) -> None:
    """The service's own tables and the platform's."""
    name = postgres.create("migrated_by_main")
    found = wiring.Wiring("test", "some", database=postgres.wiring(name))
    monkeypatch.setattr(wiring, "load", lambda: found)
    assert run(monkeypatch, service, "migrate") == 0
    tables = postgres.execute(name, "select tablename from pg_tables where schemaname = 'public'")
    assert {"things", "outbox", "idempotency"} <= {row[0] for row in tables}


def test_a_channel_that_is_split_off_has_only_the_tables_of_the_platform(
    service: str, monkeypatch: pytest.MonkeyPatch, postgres: LocalPostgres
) -> None:
    """Those of its whole are the whole's (row M3)."""
    name = postgres.create("migrated_for_a_channel")
    found = wiring.Wiring("test", "some-email", database=postgres.wiring(name), part_of="some")
    monkeypatch.setattr(wiring, "load", lambda: found)
    assert run(monkeypatch, service, "migrate") == 0
    rows = postgres.execute(name, "select tablename from pg_tables where schemaname = 'public'")
    tables = {row[0] for row in rows}
    assert "inbox" in tables
    assert "things" not in tables


def test_a_service_is_wired_serves_and_ends_when_it_is_told_to(
    service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in its container: ready at the port of the wiring, exit code 0 after SIGTERM."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    wired(
        monkeypatch,
        tmp_path,
        f'{{"version": 1, "system": "test", "service": "some", "ops": {{"port": {port}}}}}',
    )
    program = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from tube_platform.main import main
        sys.exit(main({service!r}))
    """)
    with subprocess.Popen(
        [sys.executable, "-c", program, "serve"], stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stdout
        log: list[str] = []
        while not any("ready" in line for line in log):
            line = process.stdout.readline()
            assert line, log
            log.append(line)
        assert log[0] == "wired some\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
