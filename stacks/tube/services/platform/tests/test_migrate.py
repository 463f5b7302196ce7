"""Migrations: once, whoever comes first, and as SQL for linters."""

import asyncio
from pathlib import Path

import psycopg
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


async def test_a_database_that_has_all_is_left_without_anything_that_could_change_it(
    postgres: LocalPostgres, versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As nearly every pod finds it: what migrates is not even loaded. With a new file it is."""
    name = postgres.create("migrated_before")
    wiring = postgres.wiring(name)
    await asyncio.to_thread(migrate.migrate, wiring, versions)
    monkeypatch.setattr(migrate, "_engine", lambda _: pytest.fail("loaded"))
    await asyncio.to_thread(migrate.migrate, wiring, versions)
    later = REVISION.replace("x_0001", "x_0002").replace("None\nbranch", '"x_0001"\nbranch')
    (versions / "x_0002.py").write_text(later.replace('("x",)', "None"))
    with pytest.raises(pytest.fail.Exception, match="loaded"):
        await asyncio.to_thread(migrate.migrate, wiring, versions)


def test_the_newest_revisions_are_read_from_their_files(versions: Path) -> None:
    """One a branch. A name that is computed is not guessed: then nothing is known, and Alembic finds out."""
    assert migrate.heads([versions]) == {"x_0001"}
    merged = REVISION.replace('"x_0001"', '"x_0003"').replace(
        "down_revision = None", 'down_revision: tuple[str, ...] = ("x_0001", "y_0001")'
    )
    (versions / "x_0003.py").write_text(merged)
    (versions / "y_0001.py").write_text(REVISION.replace("x_0001", "y_0001"))
    assert migrate.heads([versions]) == {"x_0003"}
    (versions / "x_0004.py").write_text(REVISION.replace('"x_0001"', '"x" + "_0004"'))
    assert migrate.heads([versions]) == set()


INDEX = """
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists things_n")
        op.execute("create index concurrently things_n on things (n)")
"""


async def test_an_index_is_built_beside_the_writes(postgres: LocalPostgres, versions: Path) -> None:
    """Outside of the migration's transaction, which would hold its lock, and still by one pod only; a writer's own transaction is waited for and not stopped."""
    name = postgres.create("indexed_meanwhile")
    wiring = postgres.wiring(name)
    await asyncio.to_thread(migrate.migrate, wiring, versions)
    begin = REVISION.partition("def upgrade")[0].replace('"x_0001"', '"x_0002"')
    (versions / "x_0002.py").write_text(
        begin.replace("None\nbranch", '"x_0001"\nbranch').replace('("x",)', "None")
        + "def upgrade() -> None:"
        + INDEX
    )
    await asyncio.gather(*(asyncio.to_thread(migrate.migrate, wiring, versions) for _ in range(3)))
    found = postgres.execute(
        name, "select indisvalid from pg_index where indexrelid = 'things_n'::regclass and indisready"
    )
    assert found == [(True,)]


async def test_a_migration_that_has_to_wait_for_a_lock_gives_up(
    postgres: LocalPostgres, versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes would wait behind it. The init container fails and is started again, and what the revision had begun is undone."""
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "50ms")
    name = postgres.create("locked_meanwhile")
    wiring = postgres.wiring(name)
    await asyncio.to_thread(migrate.migrate, wiring, versions)
    later = REVISION.replace("x_0001", "x_0002").replace("None\nbranch", '"x_0001"\nbranch')
    later = later.replace('("x",)', "None").replace(
        "create table things (n integer)", "create table more (n integer); alter table things add m integer"
    )
    (versions / "x_0002.py").write_text(later)
    reader = psycopg.connect(host=wiring.write_host, port=wiring.port, user=wiring.user, dbname=name)
    with reader:
        reader.execute("select * from things")
        with pytest.raises(Exception, match="lock timeout"):
            await asyncio.to_thread(migrate.migrate, wiring, versions)
    assert postgres.execute(name, "select to_regclass('more')") == [(None,)]
    await asyncio.to_thread(migrate.migrate, wiring, versions)
    assert postgres.execute(name, "select m from things") == []


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
