"""`python -m tube_platform.sagas [--retry SAGA KEY]`, in a pod of the owner: its sagas that have not ended, as JSON, and how many `more` there are than it tells. `wireplan sagas` runs it.

With --retry one of them is due at once, whatever it waits for; the number of those is printed.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from tube_platform import wiring
from tube_platform.wiring import DatabaseWiring, secret

MOST = 1000
"""Rows that are told, those that are stuck first."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A saga that has not ended; times are in seconds, `due` is how long nothing is to happen."""

    saga: str
    key: str
    state: str
    step: str | None
    attempt: int
    stuck: bool
    failure: str
    error: str
    age: float
    due: float


def unfinished(connection: psycopg.Connection[Any]) -> list[Unfinished]:
    """Sagas that have not ended: first those that a person should look at, then the oldest."""
    with connection.cursor(row_factory=class_row(Unfinished)) as cursor:
        cursor.execute(
            "select name as saga, key, state, step, attempt, stuck, failure, error, "
            "extract(epoch from now() - created_at)::float8 as age, "
            "greatest(extract(epoch from due_at - now()), 0)::float8 as due "
            "from sagas where finished_at is null order by stuck desc, created_at limit %s",
            (MOST,),
        )
        return cursor.fetchall()


def total(connection: psycopg.Connection[Any]) -> int:
    """How many have not ended."""
    row = connection.execute("select count(*) from sagas where finished_at is null").fetchone()
    return row[0] if row else 0


def hurry(connection: psycopg.Connection[Any], saga: str, key: str) -> int:
    """End the pause of a saga; how many there were. One that waits for a record goes on waiting, an attempt that is under way is made again with its key."""
    return connection.execute(
        "update sagas set due_at = now() where name = %s and key = %s and finished_at is null and not waiting",
        (saga, key),
    ).rowcount


def connect(database: DatabaseWiring) -> psycopg.Connection[Any]:
    """A connection of its own to the writing host."""
    return psycopg.connect(
        host=database.write_host,
        port=database.port,
        dbname=database.name,
        user=database.user,
        password=secret(database.password_file),
        connect_timeout=int(database.pool.connect_timeout),
        autocommit=True,
    )


def main(words: Sequence[str], database: DatabaseWiring) -> None:
    """Print what was asked for."""
    with connect(database) as connection:
        if list(words[:1]) == ["--retry"]:
            print(hurry(connection, *words[1:]))
        else:
            found = unfinished(connection)
            more = total(connection) - len(found) if len(found) == MOST else 0
            print(json.dumps({"sagas": [asdict(each) for each in found], "more": max(0, more)}))


if __name__ == "__main__":
    main(sys.argv[1:], wiring.need(wiring.load().database, "database"))
