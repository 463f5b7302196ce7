"""`python -m <service> migrate`: bring the database to the newest revision, once, whoever comes first.

Revisions are SQL in Alembic's files: the platform's own and the service's, two branches that know nothing of each other. All pods of a
service run this before they start, so it holds an advisory lock; the later ones find nothing to do. Most of all pods are later ones, so it is
seen first whether there is anything: Alembic and SQLAlchemy would be a third of the CPU that such a start takes.
"""

import ast
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from tube_platform import logs
from tube_platform.postgres import KEEPALIVES, TCP_USER_TIMEOUT_MS
from tube_platform.wiring import DatabaseWiring, secret

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection, Engine

log = logs.get(__name__)

HERE = Path(__file__).parent / "migrations"

LOCK = 0x77697265706C616E
"""The advisory lock's key: "wireplan" in ASCII. Locks are per database, so services do not wait for each other."""

WAIT_LIMIT = 120.0
"""Seconds to wait for a database that is still coming up; then the pod is started again."""

LOCK_PAUSE = 0.5
"""Seconds between two looks at whether another pod is still at it."""

LOCK_TIMEOUT = "5s"
"""A migration that waits for a table lock blocks all who come after it; better to fail and be run again."""


def migrate(wiring: DatabaseWiring, service_versions: Path | None) -> None:
    """Run what is missing; without versions of a service only the platform's own."""
    if _newest(wiring, _folders(service_versions)):
        return
    engine = _engine(wiring)
    try:
        with _connect(engine) as connection:
            _locked(connection, _config(service_versions))
    finally:
        engine.dispose()


def sql(service_versions: Path) -> None:
    """Print all revisions as SQL, for linters and for people."""
    from alembic import command

    command.upgrade(_config(service_versions), "heads", sql=True)


def heads(folders: Sequence[Path]) -> set[str]:
    """The revisions that no other one follows, as their files say; none where a file does not say it in plain text."""
    known: set[str] = set()
    followed: set[str] = set()
    for path in (each for folder in folders for each in folder.glob("*.py") if each.name != "__init__.py"):
        told = _constants(path)
        if not isinstance(own := told.get("revision"), str) or "down_revision" not in told:
            return set()
        known.add(own)
        before = told["down_revision"]
        followed.update([before] if isinstance(before, str) else before or ())
    return known - followed


def _constants(path: Path) -> dict[str, Any]:
    """What a file gives to names as it stands there."""
    found: dict[str, Any] = {}
    for line in ast.parse(path.read_text()).body:
        targets = (
            line.targets
            if isinstance(line, ast.Assign)
            else [line.target]
            if isinstance(line, ast.AnnAssign)
            else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(line, ast.Assign | ast.AnnAssign):
                try:
                    found[target.id] = ast.literal_eval(line.value) if line.value else None
                except ValueError:  # it is computed
                    found.pop(target.id, None)
    return found


def _newest(wiring: DatabaseWiring, folders: Sequence[Path]) -> bool:
    """Whether the database has all revisions. What cannot be asked has not: whoever brings it there waits for it, or says why not."""
    wanted = heads(folders)
    try:
        with psycopg.connect(**_address(wiring), **_manner(wiring)) as connection:
            rows = connection.execute("select version_num from alembic_version").fetchall()
    except psycopg.Error:
        return False
    return bool(wanted) and {row[0] for row in rows} == wanted


def _locked(connection: "Connection", config: "Config") -> None:
    from alembic import command

    _take_lock(connection)
    connection.exec_driver_sql(f"set lock_timeout = '{LOCK_TIMEOUT}'")
    connection.commit()
    try:
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
        connection.commit()
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"select pg_advisory_unlock({LOCK})")
        connection.commit()


def _take_lock(connection: "Connection") -> None:
    """Wait for whoever migrates, with no statement under way meanwhile: an index that is built beside the writes waits for all of them, and both would wait for ever."""
    while not connection.exec_driver_sql(f"select pg_try_advisory_lock({LOCK})").scalar():
        connection.commit()
        time.sleep(LOCK_PAUSE)
    connection.commit()


def _config(service_versions: Path | None) -> "Config":
    from alembic.config import Config

    config = Config(stdout=sys.stdout)
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, _folders(service_versions))))
    return config


def _folders(service_versions: Path | None) -> list[Path]:
    """Where revisions lie: the platform's own, and the service's."""
    return [HERE / "versions", *([service_versions] if service_versions else [])]


def _engine(wiring: DatabaseWiring) -> "Engine":
    from sqlalchemy import URL, create_engine
    from sqlalchemy.pool import NullPool

    address = _address(wiring)
    url = URL.create(
        "postgresql+psycopg",
        username=address["user"],
        password=address["password"],
        host=address["host"],
        port=address["port"],
        database=address["dbname"],
    )
    return create_engine(url, poolclass=NullPool, connect_args=_manner(wiring))


def _address(wiring: DatabaseWiring) -> dict[str, Any]:
    """Which database, and as whom."""
    return {
        "user": wiring.user,
        "password": secret(wiring.password_file),
        "host": wiring.write_host,
        "port": wiring.port,
        "dbname": wiring.name,
    }


def _manner(wiring: DatabaseWiring) -> dict[str, Any]:
    """How it is connected to."""
    return {
        "connect_timeout": int(wiring.pool.connect_timeout),
        "target_session_attrs": "read-write",
        "application_name": "migrate",
        "tcp_user_timeout": TCP_USER_TIMEOUT_MS,
        **KEEPALIVES,
    }


def _connect(engine: "Engine") -> "Connection":
    from sqlalchemy.exc import OperationalError

    end, delay = time.monotonic() + WAIT_LIMIT, 0.5
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            if time.monotonic() + delay > end:
                raise
            log.info("database is not there yet", error=type(error.orig).__name__)
            time.sleep(delay)
            delay = min(delay * 2, 5.0)
