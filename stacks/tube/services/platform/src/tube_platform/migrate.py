"""`python -m <service> migrate`: bring the database to the newest revision, once, whoever comes first.

Revisions are SQL in Alembic's files: the platform's own and the service's, two branches that know nothing of each other. All pods of a
service run this before they start, so it holds an advisory lock; the later ones find nothing to do.
"""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tube_platform import logs
from tube_platform.postgres import KEEPALIVES, TCP_USER_TIMEOUT_MS
from tube_platform.wiring import DatabaseWiring, secret

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection, Engine

log = logs.get(__name__)

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

    here = Path(__file__).parent / "migrations"
    own = [service_versions] if service_versions else []
    config = Config(stdout=sys.stdout)
    config.set_main_option("script_location", str(here))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, [here / "versions", *own])))
    return config


def _engine(wiring: DatabaseWiring) -> "Engine":
    from sqlalchemy import URL, create_engine
    from sqlalchemy.pool import NullPool

    url = URL.create(
        "postgresql+psycopg",
        username=wiring.user,
        password=secret(wiring.password_file),
        host=wiring.write_host,
        port=wiring.port,
        database=wiring.name,
    )
    arguments: dict[str, Any] = {
        "connect_timeout": int(wiring.pool.connect_timeout),
        "target_session_attrs": "read-write",
        "application_name": "migrate",
        "tcp_user_timeout": TCP_USER_TIMEOUT_MS,
        **KEEPALIVES,
    }
    return create_engine(url, poolclass=NullPool, connect_args=arguments)


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
