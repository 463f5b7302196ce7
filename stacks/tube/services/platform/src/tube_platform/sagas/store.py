"""The rows of sagas. Each change of one carries the version that it saw, so that whoever comes late changes nothing."""

import dataclasses
import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, LiteralString, cast

from psycopg.types.json import Jsonb

from tube_platform import postgres
from tube_platform.postgres import Connection
from tube_platform.sagas.decisions import Position, State

SAGA: LiteralString = (
    "select id, name, key, state, step, attempt, waiting, done, stuck, failure, error, data, principal, trace, "
    "version, ends_at <= now() as expired from sagas "
)

NUL = "\\u0000"
"""As JSON has it; Postgres stores no such text."""


@dataclass(frozen=True, slots=True)
class Row:
    """A saga as it is written down. `expired`: it should have ended by now."""

    id: uuid.UUID
    name: str
    key: str
    state: str
    step: str | None
    attempt: int
    waiting: bool
    done: list[str]
    stuck: bool
    failure: str
    error: str
    data: dict[str, Any]
    principal: str | None
    trace: dict[str, str]
    version: int
    expired: bool

    @property
    def position(self) -> Position:
        """How far it is."""
        return Position(
            State(self.state),
            self.step,
            self.attempt,
            self.waiting,
            tuple(self.done),
            self.stuck,
            self.failure,
            self.error,
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """A saga that begins."""

    name: str
    key: str
    data: dict[str, Any]
    timeout: float
    principal: str | None
    trace: dict[str, str]


@dataclass(frozen=True, slots=True)
class Count:
    """How many unfinished sagas go a way, and how old the oldest of them is."""

    name: str
    state: str
    sagas: int
    seconds: float


async def begin(connection: Connection, begun: Begun) -> bool:
    """Write a new saga; False when there is one of the same name and key."""
    return bool(
        await postgres.execute(
            connection,
            "insert into sagas (id, name, key, data, principal, trace, ends_at) "
            "values (%s, %s, %s, %s, %s, %s, now() + make_interval(secs => %s)) on conflict (name, key) do nothing",
            (
                uuid.uuid4(),
                begun.name,
                begun.key,
                Jsonb(begun.data),
                begun.principal,
                Jsonb(begun.trace),
                begun.timeout,
            ),
        )
    )


async def due(connection: Connection, names: Collection[str]) -> Row | None:
    """The saga that has been due for longest and that nobody else has in hand, locked."""
    return await postgres.fetch_one(
        connection,
        Row,
        SAGA + "where finished_at is null and due_at <= now() and name = any(%s) "
        "order by due_at limit 1 for update skip locked",
        (list(names),),
    )


async def unchanged(connection: Connection, saga: uuid.UUID, version: int) -> Row | None:
    """A saga, locked; None when somebody else has gone on with it."""
    return await postgres.fetch_one(
        connection,
        Row,
        SAGA + "where id = %s and version = %s for update",
        (saga, version),
    )


async def named(connection: Connection, name: str, key: str) -> Row | None:
    """The saga of a key, locked."""
    return await postgres.fetch_one(
        connection,
        Row,
        SAGA + "where name = %s and key = %s for update",
        (name, key),
    )


async def save(connection: Connection, row: Row, at: Position, data: dict[str, Any], seconds: float) -> None:
    """Write where a saga stands, and in how many seconds it is to be looked at: from now on, not from when the transaction began."""
    await postgres.execute(
        connection,
        "update sagas set state = %s, step = %s, attempt = %s, waiting = %s, done = %s, stuck = %s, failure = %s, "
        "error = %s, data = %s, version = version + 1, moved_at = now(), due_at = clock_timestamp() + make_interval(secs => %s), "
        "finished_at = case when %s then now() end where id = %s and version = %s",
        (
            at.state.value,
            at.step,
            at.attempt,
            at.waiting,
            list(at.done),
            at.stuck,
            at.failure,
            at.error,
            Jsonb(data),
            seconds,
            at.state.ended,
            row.id,
            row.version,
        ),
    )


async def release(connection: Connection, saga: uuid.UUID, version: int) -> None:
    """Make a saga due at once; nothing happens where somebody has gone on with it."""
    await postgres.execute(
        connection,
        "update sagas set due_at = now() where id = %s and version = %s",
        (saga, version),
    )


async def new_record(connection: Connection, consumer: str, event: uuid.UUID) -> bool:
    """Whether a record is new here; remembered with the inbox's own."""
    return bool(
        await postgres.execute(
            connection,
            "insert into inbox (consumer, event_id) values (%s, %s) on conflict do nothing",
            (consumer, event),
        )
    )


async def count(connection: Connection) -> list[Count]:
    """Sagas that have not ended, by name and state; those that a person should look at are `stuck`, whichever way they go."""
    return await postgres.fetch(
        connection,
        Count,
        "select name, case when stuck then 'stuck' else state end as state, count(*) as sagas, "
        "extract(epoch from now() - min(created_at))::float8 as seconds from sagas where finished_at is null group by 1, 2",
    )


def dump(state: object) -> dict[str, Any]:
    """A state as JSON's values; raises TypeError or ValueError where the database would not take them."""
    text = json.dumps(dataclasses.asdict(cast("Any", state)), allow_nan=False)
    if NUL in text:
        raise ValueError("a text holds a character that cannot be stored")
    return json.loads(text)


def load[S](kind: type[S], data: dict[str, Any]) -> S:
    """A state from JSON's values. Fields that this version does not know are passed over, those that the row lacks have their default."""
    known = [field.name for field in dataclasses.fields(cast("Any", kind))]
    return kind(**{name: data[name] for name in known if name in data})
