"""Migrations: once, whoever comes first, and as SQL for linters."""

import asyncio
from pathlib import Path

import pytest

from tube_platform import migrate
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
def versions(tmp_path: Path) -> Path:
    """A service with one revision."""
    (tmp_path / "x_0001.py").write_text(REVISION)
    return tmp_path


async def test_pods_that_start_together_migrate_once(postgres: LocalPostgres, versions: Path) -> None:
    """The advisory lock lets one work and the others find it done."""
    name = postgres.create("migrated_together")
    wiring = postgres.wiring(name)
    await asyncio.gather(*(asyncio.to_thread(migrate.migrate, wiring, versions) for _ in range(4)))
    assert postgres.execute(name, "select version_num from alembic_version order by 1") == [
        ("platform_0001",),
        ("platform_sagas_0001",),
        ("x_0001",),
    ]
    tables = postgres.execute(name, "select tablename from pg_tables where schemaname = 'public' order by 1")
    assert [row[0] for row in tables] == [
        "alembic_version",
        "idempotency",
        "inbox",
        "outbox",
        "sagas",
        "things",
    ]


async def test_new_revision_is_added_and_the_rest_left(postgres: LocalPostgres, versions: Path) -> None:
    """Running again does nothing; with a new file it does that one."""
    name = postgres.create("migrated_later")
    wiring = postgres.wiring(name)
    await asyncio.to_thread(migrate.migrate, wiring, versions)
    postgres.execute(name, "insert into things values (1)")
    later = (
        REVISION.replace("x_0001", "x_0002")
        .replace("None\nbranch", '"x_0001"\nbranch')
        .replace('("x",)', "None")
    )
    (versions / "x_0002.py").write_text(
        later.replace("create table things (n integer)", "alter table things add m integer")
    )
    await asyncio.to_thread(migrate.migrate, wiring, versions)
    assert postgres.execute(name, "select n, m from things") == [(1, None)]


def test_revisions_as_sql(versions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing but SQL, with no database at hand."""
    migrate.sql(versions)
    printed = capsys.readouterr().out
    assert "create table outbox" in printed
    assert "create table things" in printed


async def test_database_that_never_comes_is_an_error(
    versions: Path, monkeypatch: pytest.MonkeyPatch, postgres: LocalPostgres
) -> None:
    """The init container fails, and the cluster starts it again."""
    monkeypatch.setattr(migrate, "WAIT_LIMIT", 0.1)
    with pytest.raises(Exception, match="does not exist"):
        await asyncio.to_thread(migrate.migrate, postgres.wiring("nowhere"), versions)
