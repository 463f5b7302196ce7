"""Postgres: one pool to the host that writes, one to the replicas, and transactions that are run again when that is safe.

What may be repeated, in short:
- a transaction that failed before COMMIT did nothing, and is run again (serialization failure, deadlock, lost connection, a primary that became
  a replica), a bounded number of times and within the deadline;
- a connection lost during COMMIT, or a COMMIT that is not answered, leaves it unknown whether it happened. Only work that is `repeatable` (its
  effect is once however often it runs) is run again then; other callers get CommitUnknown.
Replicas may be behind, and may even show states that the primary never had (reliability.md 0.4): what is read there never feeds a write.
"""

import asyncio
import contextlib
import os
import random
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, LiteralString, cast

import psycopg
from opentelemetry.trace import SpanKind
from psycopg import AsyncConnection, conninfo, errors
from psycopg.pq import TransactionStatus
from psycopg.rows import class_row
from psycopg_pool import PoolTimeout, TooManyRequests

from tube_platform import deadlines, logs, metrics, telemetry
from tube_platform.errors import DeadlineExceeded, Invalid, Unavailable
from tube_platform.lifecycle import Part
from tube_platform.pools import Pool
from tube_platform.wiring import DatabaseWiring, secret

log = logs.get(__name__)

ATTEMPTS = 3
BACKOFF = 0.05
"""Seconds before the second attempt; doubled each time, with jitter."""

START_LIMIT = 60.0
"""Seconds that a starting process waits for its database; then the cluster starts it again."""

TCP_USER_TIMEOUT_MS = 8000
"""A peer that acknowledges nothing for so long is gone (reliability.md 2.4: 5 to 10 s)."""

KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""The same where nothing is under way and somebody waits for an answer."""

RECONNECT = 5.0
"""Seconds of growing pauses between attempts to connect; then the next request begins anew, so that a database that is back is found soon."""

IDLE_LIMIT_MS = 30000
"""A transaction that sits idle holds locks; the server ends it."""

COMMIT_LIMIT = 10.0
"""Seconds after which a COMMIT counts as unknown: one that waits for standbys which are away may take for ever."""

LOCK_SHARE = 0.6
"""Of a statement's time, how long it may wait for a lock: who holds it is at fault then, and not the statement."""

CLOSE_LIMIT = 2.0
"""Seconds that a closing pool waits for what is under way."""

UNSTORABLE = {None, "22021"}
"""What a NUL in a text gives: the client refuses it without a code, the server with this one."""

type Connection = AsyncConnection[Any]
type Work[T] = Callable[[Connection], Awaitable[T]]
type Told = Callable[[], None]
type Parameters = tuple[object, ...] | dict[str, object]


@dataclass(frozen=True, slots=True)
class Passing:
    """Rows that are of no use once they are `age` seconds old: `query` deletes at most `most` of those, as `forget` asks for it."""

    query: LiteralString
    age: float = 0.0


class CommitUnknown(Unavailable):
    """COMMIT was not answered: it happened, it did not, or it will."""

    default_reason = "commit_unknown"


@dataclass(slots=True)
class Database(Part):
    """The service's own database."""

    wiring: DatabaseWiring
    name: str = "database"
    passing: list[Passing] = field(default_factory=list[Passing])
    """What housekeeping deletes of the service's own."""
    _write: Pool = field(init=False)
    _read: Pool | None = field(init=False, default=None)
    _listeners: list[Told] = field(default_factory=list[Told])
    _later: dict[Connection, list[Told]] = field(default_factory=dict[Connection, list[Told]])
    _committing: dict[asyncio.Task[None], Connection] = field(
        default_factory=dict[asyncio.Task[None], Connection]
    )

    def __post_init__(self) -> None:
        """Describe the pools; nothing connects yet."""
        password = secret(self.wiring.password_file)
        self._write = self._pool("write", self.wiring.write_host, password, "read-write")
        if self.wiring.reads_from_replicas:
            self._read = self._pool("read", self.wiring.read_host, password, "any")

    async def start(self) -> None:
        """Connect to the writing host. Replicas are not waited for: reads fall back."""
        await self._write.open()
        await self._write.wait(START_LIMIT)
        if self._read:
            await self._read.open()

    async def close(self) -> None:
        """Give the connections back to the server, which goes on with each COMMIT that it has."""
        for connection in self._committing.values():
            _hang_up(connection)
        if self._committing:
            await asyncio.wait(self._committing, timeout=CLOSE_LIMIT)
        for pool in filter(None, (self._write, self._read)):
            await pool.close(timeout=CLOSE_LIMIT)

    def on_commit(self, listener: Told) -> None:
        """Call a listener after every commit of what may have written (the outbox relay wakes up)."""
        self._listeners.append(listener)

    def after_commit(self, connection: Connection, told: Told) -> None:
        """Call this once the transaction has committed. Where it is run again, rolled back or nobody knows what became of it, it is not called."""
        self._later.setdefault(connection, []).append(told)

    async def transact[T](self, work: Work[T], *, repeatable: bool = False) -> T:
        """Run work in one transaction on the writing host; it commits when work returns."""
        return await self._again(work, repeatable=repeatable, writes=True)

    async def _again[T](self, work: Work[T], *, repeatable: bool, writes: bool) -> T:
        """Run work until it has happened, or may not be run again."""
        attempt = 1
        while True:
            try:
                with self._shown("write"):
                    return await self._once(work, writes=writes)
            except CommitUnknown:
                if not repeatable or attempt >= ATTEMPTS:
                    raise
                cause = "commit_unknown"
            except psycopg.Error as error:
                if not writes and isinstance(error, errors.ReadOnlySqlTransaction):
                    raise  # what only reads has tried to write: a bug, and no primary that became a replica
                if not retryable(error) or attempt >= ATTEMPTS:
                    raise _problem(error) from error
                cause = type(error).__name__
            metrics.transaction_retries.labels(cause).inc()
            await _pause(attempt)
            attempt += 1

    async def read[T](self, work: Work[T]) -> T:
        """Run work that only reads, on the writing host: it sees every commit. The server refuses it a write, which would happen twice where it is run again."""
        return await self._again(work, repeatable=True, writes=False)

    async def read_replica[T](self, work: Work[T]) -> T:
        """Run work that only reads and may see the past, on a replica; on the writing host where none answers."""
        if self._read is None:
            return await self.read(work)
        try:
            with self._shown("read"):
                async with self._lent(self._read, min(0.5, self.wiring.pool.timeout)) as connection:
                    await connection.set_read_only(True)
                    await _limit_statements(connection, self.wiring.statement_timeout)
                    return await work(connection)
        except psycopg.Error as error:
            if isinstance(error, errors.ReadOnlySqlTransaction):
                raise
            if not retryable(error) and not isinstance(error, PoolTimeout | TooManyRequests):
                raise _problem(error) from error
            log.warning("replica does not answer, reading from the writing host", error=type(error).__name__)
            return await self.read(work)

    def _shown(self, pool: str) -> AbstractContextManager[object]:
        """A transaction within a trace: which database, never which statement, whose texts and values are ours."""
        about = {"db.system.name": "postgresql", "db.namespace": self.wiring.name, "db.pool": pool}
        return telemetry.part(f"transaction {self.wiring.name}", SpanKind.CLIENT, about)

    def queued(self) -> float:
        """How full the fuller queue for connections is, 0 to 1."""
        pools = filter(None, (self._write, self._read))
        most = max(1, self.wiring.pool.max_waiting)
        return max(pool.waiting / most for pool in pools)

    def observe(self) -> None:
        """Put the pools' state into the metrics."""
        for pool in filter(None, (self._write, self._read)):
            stats = pool.get_stats()
            metrics.pool_waiting.labels(pool.name).set(pool.waiting)
            metrics.pool_size.labels(pool.name).set(stats.get("pool_size", 0))

    async def _once[T](self, work: Work[T], *, writes: bool) -> T:
        connection = await self._take()
        try:
            await connection.set_read_only(
                None if writes else True
            )  # it goes with BEGIN, and costs no round trip
            async with _bounded():
                await _limit_statements(connection, self.wiring.statement_timeout)
                result = await work(connection)
            if connection.info.transaction_status is TransactionStatus.INERROR:
                raise errors.InFailedSqlTransaction(
                    "a statement failed and the work went on: COMMIT would undo it all"
                )
        except BaseException as error:
            self._later.pop(connection, None)
            try:
                await _abandon(connection, error)
            finally:  # whoever is cancelled twice gives the connection back, too
                await self._write.putconn(connection)
            raise
        await self._commit(connection, listeners=self._listeners if writes else ())
        return result

    async def _commit(self, connection: Connection, listeners: Sequence[Told]) -> None:
        """COMMIT in a task of its own, which goes on when the caller gives up.

        A COMMIT that is cancelled while it waits for a standby takes effect without it. What a repetition then finds would be promised,
        and could still be lost with the server.
        """
        later = self._later.pop(connection, [])
        commit = asyncio.create_task(self._committed(connection))
        self._committing[commit] = connection
        commit.add_done_callback(self._forget)
        done, _ = await asyncio.wait({commit}, timeout=deadlines.for_call(COMMIT_LIMIT))
        if not done:
            raise CommitUnknown("the commit was not answered in time")
        commit.result()
        for told in (*later, *listeners):
            told()

    async def _committed(self, connection: Connection) -> None:
        try:
            await connection.commit()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if isinstance(error, errors.SerializationFailure | errors.DeadlockDetected):
                raise  # the server said no, so it did not happen
            raise CommitUnknown("the connection was lost during the commit") from error
        finally:
            await self._write.putconn(connection)

    def _forget(self, commit: asyncio.Task[None]) -> None:
        del self._committing[commit]
        if not commit.cancelled() and (error := commit.exception()):
            log.info("a commit failed", error=repr(error))

    async def _take(self) -> Connection:
        try:
            return await self._living(self._write, deadlines.for_call(self.wiring.pool.timeout))
        except TooManyRequests as error:
            raise Unavailable("too many requests wait for the database", "pool_full") from error
        except PoolTimeout as error:
            raise Unavailable("no database connection in time", "pool_timeout") from error

    @contextlib.asynccontextmanager
    async def _lent(self, pool: Pool, seconds: float) -> AsyncGenerator[Connection]:
        connection = await self._living(pool, seconds)
        try:
            async with connection:  # ends the transaction
                yield connection
        finally:
            await pool.putconn(connection)

    async def _living(self, pool: Pool, seconds: float) -> Connection:
        """A connection that answers.

        When a server goes, all connections of a pool are dead together. The pool's own check waits a second after the second dead one,
        and longer after each more, which no caller has time for; here the next one is taken at once.
        """
        end = asyncio.get_running_loop().time() + seconds
        for _ in range(self.wiring.pool.max):
            connection = await pool.getconn(max(0.0, end - asyncio.get_running_loop().time()))
            try:
                await pool.check_connection(connection)
            except psycopg.Error:
                await pool.putconn(connection)  # which sees that it is dead, and makes another
            except BaseException:
                await pool.putconn(connection)
                raise
            else:
                return connection
        return await pool.getconn(max(0.0, end - asyncio.get_running_loop().time()))

    def _pool(self, name: str, host: str, password: str, attributes: str) -> Pool:
        pool = self.wiring.pool
        return Pool(
            conninfo.make_conninfo(
                "",
                host=host,
                port=self.wiring.port,
                dbname=self.wiring.name,
                user=self.wiring.user,
                password=password,
                connect_timeout=int(pool.connect_timeout),
                tcp_user_timeout=TCP_USER_TIMEOUT_MS,
                **KEEPALIVES,
                target_session_attrs=attributes,
                application_name=self.wiring.user,
                options=f"-c statement_timeout={int(self.wiring.statement_timeout * 1000)}"
                f" -c lock_timeout={int(self.wiring.statement_timeout * 1000 * LOCK_SHARE)}"
                f" -c idle_in_transaction_session_timeout={IDLE_LIMIT_MS}",
            ),
            min_size=pool.min,
            max_size=pool.max,
            timeout=pool.timeout,
            max_lifetime=pool.max_lifetime,
            reconnect_timeout=RECONNECT,
            most=pool.max_waiting,
            name=name,
            open=False,
        )


def retryable(error: BaseException) -> bool:
    """Whether a transaction that failed like this, before COMMIT, did nothing and may succeed when run again."""
    if isinstance(error, PoolTimeout | TooManyRequests | errors.QueryCanceled):
        return False
    if isinstance(
        error, errors.SerializationFailure | errors.DeadlockDetected | errors.ReadOnlySqlTransaction
    ):
        return True
    # A lost connection has no SQLSTATE; classes 08 and 57P are the server's way to say the same.
    state = getattr(error, "sqlstate", None)
    lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return lost and (state is None or state.startswith(("08", "57P")))


def unavailable(error: BaseException) -> bool:
    """Whether the database is at fault, so that the same work will succeed once it is back."""
    busy = isinstance(error, PoolTimeout | TooManyRequests | CommitUnknown | errors.LockNotAvailable)
    return busy or retryable(error)


async def fetch[R](
    connection: Connection, row: type[R], query: LiteralString, parameters: Parameters = ()
) -> list[R]:
    """Rows as values of a dataclass."""
    async with connection.cursor(row_factory=class_row(row)) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchall()


async def fetch_one[R](
    connection: Connection, row: type[R], query: LiteralString, parameters: Parameters = ()
) -> R | None:
    """The first row, or None."""
    async with connection.cursor(row_factory=class_row(row)) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchone()


async def execute(connection: Connection, query: LiteralString, parameters: Parameters = ()) -> int:
    """Run a statement; the number of rows it touched."""
    return (await connection.execute(query, parameters)).rowcount


async def value(connection: Connection, query: LiteralString, parameters: Parameters = ()) -> Any:
    """The first column of the first row, or None."""
    row = await (await connection.execute(query, parameters)).fetchone()
    return None if row is None else row[0]


async def forget(database: Database, query: LiteralString, age: object, most: int = 5000) -> None:
    """Delete old rows; the query takes their `age` and `most` as their number. A few at a time: all at once they could take longer than a statement may."""

    async def some(connection: Connection) -> int:
        return await execute(connection, query, {"age": age, "most": most})

    while await database.transact(some, repeatable=True) == most:
        pass


async def _limit_statements(connection: Connection, own: float) -> None:
    """The server gives up when the caller has; without a deadline the connection's own limit holds."""
    if deadlines.remaining() is not None:
        limit = max(1, int(deadlines.for_statement(own) * 1000))
        await connection.execute("select set_config('statement_timeout', %s, true)", (f"{limit}ms",))


@contextlib.asynccontextmanager
async def _bounded() -> AsyncGenerator[None]:
    """Give up on the client's side too: a host that went silent cancels no statement."""
    left = deadlines.remaining()
    try:
        async with asyncio.timeout(None if left is None else left + 0.05):
            yield
    except TimeoutError as error:
        raise DeadlineExceeded("the database did not answer in time") from error


async def _abandon(connection: Connection, error: BaseException) -> None:
    """Undo what was begun; close the connection where that cannot be known to have worked."""
    demoted = isinstance(error, errors.ReadOnlySqlTransaction)
    if demoted or connection.info.transaction_status not in {
        TransactionStatus.INTRANS,
        TransactionStatus.INERROR,
    }:
        if demoted or connection.info.transaction_status is not TransactionStatus.IDLE:
            await connection.close()
        return
    with contextlib.suppress(psycopg.Error):
        await connection.rollback()


def _hang_up(connection: Connection) -> None:
    """End the line under a COMMIT. A close() would free what the task that waits for the answer reads from: a crash of the process."""
    with (
        contextlib.suppress(psycopg.Error, OSError),
        socket.socket(fileno=os.dup(connection.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)


def _problem(error: psycopg.Error) -> Exception:
    if isinstance(error, errors.QueryCanceled):
        return DeadlineExceeded("a statement took too long")
    if unavailable(error):
        return Unavailable("the database does not answer")
    if isinstance(error, psycopg.DataError) and error.sqlstate in UNSTORABLE:
        return Invalid("a text holds a character that cannot be stored", "text_invalid")
    return cast("Exception", error)


async def _pause(attempt: int) -> None:
    delay = BACKOFF * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
    left = deadlines.remaining()
    if left is not None and left <= delay:
        raise DeadlineExceeded("no time is left to try the transaction again")
    await asyncio.sleep(delay)
