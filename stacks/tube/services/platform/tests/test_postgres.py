"""Transactions on a real server: what is run again, what is not, and what is never guessed (rows F3.1 to F3.3)."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from tube_platform import deadlines, postgres
from tube_platform.errors import DeadlineExceeded, Invalid, Unavailable
from tube_platform.postgres import CommitUnknown, Connection, Database
from tube_platform.testing.postgres import LocalPostgres

type Query = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(autouse=True)
def table(query: Query) -> None:
    """A table to write to."""
    query("create table t (n integer)")


async def insert(connection: Connection, n: int = 1) -> None:
    """One row."""
    await postgres.execute(connection, "insert into t values (%s)", (n,))


async def test_work_commits_or_leaves_nothing(database: Database, query: Query) -> None:
    """A transaction inside one service: all of it, or none."""

    async def fails(connection: Connection) -> None:
        await insert(connection)
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await database.transact(fails)
    await database.transact(insert)
    assert query("select count(*) from t") == [(1,)]


@pytest.mark.parametrize("kind", [pg.SerializationFailure, pg.DeadlockDetected, psycopg.OperationalError])
async def test_what_failed_before_the_commit_is_run_again(
    database: Database, query: Query, kind: type[psycopg.Error]
) -> None:
    """It did nothing, so it may; a bounded number of times."""
    runs = 0

    async def work(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        await insert(connection, runs)
        if runs < 3:
            raise kind("again")

    await database.transact(work)
    assert query("select n from t") == [(3,)]

    async def always(connection: Connection) -> None:
        raise pg.SerializationFailure("for ever")

    with pytest.raises(Unavailable):
        await database.transact(always)


async def test_real_serialization_failure_is_run_again(database: Database, query: Query) -> None:
    """Two transactions that each read what the other writes: one is refused by the server, and succeeds the second time."""
    query("insert into t values (1)")
    both = asyncio.Barrier(2)
    runs = 0

    async def work(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        await postgres.execute(connection, "set transaction isolation level serializable")
        count = await postgres.value(connection, "select sum(n) from t")
        if runs <= 2:
            await both.wait()
        await insert(connection, count)

    await asyncio.gather(database.transact(work), database.transact(work))
    assert runs == 3
    assert query("select n from t order by n") == [(1,), (1,), (2,)]


async def test_killed_connection_is_replaced(database: Database, query: Query) -> None:
    """The pool checks what it gives out; work on a connection that dies is run again on another."""
    runs = 0

    async def work(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        await insert(connection, runs)
        if runs == 1:
            query(f"select pg_terminate_backend({connection.info.backend_pid})")
            await insert(connection)

    await database.transact(work)
    assert query("select n from t") == [(2,)]


async def test_a_pool_of_dead_connections_is_no_delay(database: Database, query: Query) -> None:
    """All connections of a server go together; the next request finds a new one well within its deadline."""
    together = asyncio.Barrier(4)

    async def at_once(connection: Connection) -> int:
        await together.wait()
        return connection.info.backend_pid

    dead = set(await asyncio.gather(*(database.transact(at_once) for _ in range(4))))
    assert len(dead) == 4
    query(f"select pg_terminate_backend(pid) from unnest(array{sorted(dead)}) pid")
    with deadlines.within(1.0):
        await database.transact(insert)
    assert query("select count(*) from t") == [(1,)]


async def test_what_is_told_after_a_commit_is_told_once_and_of_nothing_else(
    database: Database, query: Query
) -> None:
    """Not of a run before it that did nothing, and not of work that failed; what a transaction wrote can be seen by then."""
    told = list[object]()

    async def work(connection: Connection) -> None:
        await insert(connection)
        database.after_commit(connection, lambda: told.append(query("select count(*) from t")))
        if failures:
            raise failures.pop()

    failures: list[Exception] = [pg.SerializationFailure("again")]
    await database.transact(work)
    assert told == [[(1,)]]
    failures = [KeyError("a bug")]
    with pytest.raises(KeyError):
        await database.transact(work)
    await database.transact(insert)
    assert told == [[(1,)]]


class LosesCommits:
    """Makes the next COMMIT of a database lose its connection, after it reached the server or before."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch, reached: bool) -> None:
        self.left = 1
        original = psycopg.AsyncConnection.commit

        async def commit(connection: Any) -> None:
            if connection.info.dbname != database.wiring.name or not self.left:
                await original(connection)
                return
            self.left -= 1
            if reached:
                await original(connection)
            await connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(psycopg.AsyncConnection, "commit", commit)


@pytest.mark.parametrize("reached", [True, False])
async def test_unknown_commit_is_not_run_again_blindly(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch, reached: bool
) -> None:
    """It happened or it did not; only the caller knows whether once more does harm."""
    LosesCommits(database, monkeypatch, reached)
    with pytest.raises(CommitUnknown):
        await database.transact(insert)
    assert query("select count(*) from t") == [(1 if reached else 0,)]


@pytest.mark.parametrize("reached", [True, False])
async def test_unknown_commit_of_repeatable_work_is_run_again(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch, reached: bool
) -> None:
    """Work whose effect is once however often it runs ends with the effect, once."""
    query("create unique index once on t (n)")
    LosesCommits(database, monkeypatch, reached)

    async def work(connection: Connection) -> None:
        await postgres.execute(connection, "insert into t values (7) on conflict do nothing")

    await database.transact(work, repeatable=True)
    assert query("select n from t") == [(7,)]


async def test_deadline_becomes_statement_timeout(database: Database) -> None:
    """The server stops when the caller has given up."""

    async def slow(connection: Connection) -> None:
        await postgres.execute(connection, "select pg_sleep(5)")

    began = asyncio.get_running_loop().time()
    with deadlines.within(0.2), pytest.raises(DeadlineExceeded):
        await database.transact(slow)
    assert asyncio.get_running_loop().time() - began < 2

    async def limit(connection: Connection) -> str:
        return await postgres.value(connection, "show statement_timeout")

    with deadlines.within(2.0):
        assert (await database.read(limit)).endswith("ms")
    assert await database.read(limit) == "5s", "a deadline of one request must not stay on the connection"


async def test_full_pool_refuses_instead_of_piling_up(postgres: LocalPostgres, database: Database) -> None:
    """With all connections busy and the queue full, the answer is quick: unavailable."""
    pool = replace(database.wiring.pool, max=1, max_waiting=1, timeout=0.2)
    small = Database(replace(database.wiring, pool=pool))
    await small.start()
    go = asyncio.Event()

    async def hold(_: Connection) -> None:
        await go.wait()

    holder = asyncio.create_task(small.transact(hold))
    await asyncio.sleep(0.05)
    assert small.queued() == 0
    waiter = asyncio.create_task(small.transact(insert))
    await asyncio.sleep(0.05)
    assert small.queued() == 1, "which is a strain (row F1.4)"
    with pytest.raises(Unavailable) as full:
        await small.transact(insert)
    assert full.value.reason == "pool_full"
    with pytest.raises(Unavailable) as late:
        await waiter
    assert late.value.reason == "pool_timeout"
    go.set()
    await holder
    await small.close()


async def test_replica_that_does_not_answer_is_replaced_by_the_writing_host(
    database: Database, query: Query
) -> None:
    """Reads that may see the past use the replicas, and the primary while there is none (row F3.1)."""
    query("insert into t values (5)")
    wiring = replace(database.wiring, read_host="127.0.0.2", reads_from_replicas=("ListVideos",))
    both = Database(wiring)
    await both.start()

    async def read(connection: Connection) -> int:
        return await postgres.value(connection, "select n from t")

    assert await both.read_replica(read) == 5
    await both.close()
    away = Database(replace(wiring, read_host="127.0.0.1", pool=replace(wiring.pool, connect_timeout=1)))
    away._read = away._pool("read", "192.0.2.1", "x", "any")
    await away.start()
    assert await away.read_replica(read) == 5
    await away.close()


async def test_what_only_reads_cannot_write(database: Database, query: Query) -> None:
    """It is run again where a COMMIT was not answered, so a write in it would happen twice; on a replica it would fail one day. The server says so at once."""
    both = Database(replace(database.wiring, read_host="127.0.0.1", reads_from_replicas=("ListVideos",)))
    await both.start()
    runs = 0

    async def writes(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        await insert(connection)

    for read in (both.read, both.read_replica):
        with pytest.raises(pg.ReadOnlySqlTransaction):
            await read(writes)
    assert runs == 2, "a bug is not run again"
    await both.transact(writes)
    assert query("select count(*) from t") == [(1,)], "the connections write again for who may"
    await both.close()


async def test_who_listens_for_commits_hears_of_no_read(database: Database) -> None:
    """The relay would look for events after every page that somebody reads."""
    told: list[str] = []
    database.on_commit(lambda: told.append("committed"))

    async def count(connection: Connection) -> int:
        return await postgres.value(connection, "select count(*) from t")

    await database.read(count)
    assert told == []
    await database.transact(insert)
    assert told == ["committed"]


async def test_demoted_primary_is_left(database: Database) -> None:
    """A connection to a primary that became a replica is closed, so that the pool finds the new one."""
    used: list[Connection] = []

    async def work(connection: Connection) -> None:
        used.append(connection)
        if len(used) == 1:
            await postgres.execute(connection, "set transaction read only")
            await insert(connection)

    await database.transact(work)
    assert used[0].closed
    assert used[0] is not used[1]


SLOW_COMMIT = """
    create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.6); return null; end $$;
    create constraint trigger slow after insert on t deferrable initially deferred for each row execute function slow();
"""
"""Stands for a COMMIT that waits for a standby: the server sleeps in it, and can be woken by a cancel."""


async def test_commit_goes_on_when_its_caller_gives_up(database: Database, query: Query) -> None:
    """Cancelled on the server, it would take effect without the standbys that it waits for."""
    query(SLOW_COMMIT)
    caller = asyncio.create_task(database.transact(insert))
    while not database._committing:
        await asyncio.sleep(0.01)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    async with asyncio.timeout(3):
        while database._committing:
            await asyncio.sleep(0.05)
    assert query("select count(*) from t") == [(1,)]


async def test_whoever_is_cancelled_twice_gives_the_connection_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deadline, and then the end of the process, while the work is undone: else the pool had one less for ever."""
    single = Database(replace(database.wiring, pool=replace(database.wiring.pool, min=1, max=1)))
    await single.start()
    working, undoing = asyncio.Event(), asyncio.Event()

    async def work(connection: Connection) -> None:
        await insert(connection)
        working.set()
        await asyncio.Event().wait()

    async def slowly(*_: object) -> None:
        undoing.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(postgres, "_abandon", slowly)
        task = asyncio.create_task(single.transact(work))
        for reached in (working, undoing):
            await reached.wait()
            task.cancel()
        await asyncio.wait({task})
    await single.transact(insert)
    await single.close()


async def test_commit_that_is_not_answered_is_unknown(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Well before a handler's own timeout, so that it counts against the database and not against the record."""
    query(SLOW_COMMIT)
    monkeypatch.setattr(postgres, "COMMIT_LIMIT", 0.1)
    with pytest.raises(CommitUnknown):
        await database.transact(insert)


async def test_close_leaves_the_server_to_its_commits(
    database: Database, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nobody goes on reading from a connection that is gone, which would be the end of the process."""
    query(SLOW_COMMIT)
    monkeypatch.setattr(postgres, "COMMIT_LIMIT", 0.1)
    own = Database(database.wiring)
    await own.start()
    with pytest.raises(CommitUnknown):
        await own.transact(insert)
    ((commit, connection),) = own._committing.items()
    under_way: list[bool] = []

    async def close() -> None:
        under_way.append(connection.lock.locked())
        await psycopg.AsyncConnection.close(connection)

    monkeypatch.setattr(connection, "close", close)
    await own.close()
    assert isinstance(commit.exception(), CommitUnknown)
    assert not any(under_way)
    async with asyncio.timeout(3):
        while query("select count(*) from t") != [(1,)]:
            await asyncio.sleep(0.05)


async def test_lock_that_somebody_holds_is_a_database_that_is_busy(database: Database, query: Query) -> None:
    """The same event in hand elsewhere, or its COMMIT still open: that says nothing against what waits."""
    query("insert into t values (1)")
    small = Database(replace(database.wiring, statement_timeout=0.5))
    await small.start()
    locked, go = asyncio.Event(), asyncio.Event()

    async def holds(connection: Connection) -> None:
        await postgres.execute(connection, "update t set n = 2")
        locked.set()
        await go.wait()

    holder = asyncio.create_task(database.transact(holds))
    await locked.wait()
    with pytest.raises(Unavailable):
        await small.transact(lambda connection: postgres.execute(connection, "update t set n = 3"))
    go.set()
    await holder
    await small.close()


async def test_work_that_went_on_after_a_failed_statement_is_no_success(
    database: Database, query: Query
) -> None:
    """The server answers such a COMMIT with a rollback and no error, and the caller would promise what is not there."""

    async def work(connection: Connection) -> None:
        await insert(connection)
        with contextlib.suppress(pg.UndefinedTable):
            await postgres.execute(connection, "insert into nowhere values (1)")

    with pytest.raises(pg.InFailedSqlTransaction):
        await database.transact(work)
    assert query("select count(*) from t") == [(0,)]


async def test_text_that_cannot_be_stored_is_the_callers_fault(database: Database) -> None:
    """A NUL in a title is a 400, and no bug; also on the way to a replica."""

    async def work(connection: Connection) -> None:
        await postgres.value(connection, "select %s::text", ("a\x00b",))

    for run in (database.transact, database.read_replica):
        with pytest.raises(Invalid):
            await run(work)
