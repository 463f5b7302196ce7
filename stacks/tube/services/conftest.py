"""What tests of all members share: one Postgres server a run, one new database a test."""

import importlib
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from opentelemetry import trace

from tube_platform import telemetry, wiring
from tube_platform.postgres import Database
from tube_platform.testing.postgres import LocalPostgres, programs

# The same examples in every run, and no deadline: a machine may be busy.
settings.register_profile("services", derandomize=True, deadline=None)
settings.load_profile("services")

# Where rich is installed, which schemathesis brings along, structlog draws each traceback with all local variables. That takes a tenth of a second in
# which the event loop stands still, and shows what tests call secret.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

if not hasattr(trace.get_tracer_provider(), "shutdown"):
    telemetry.configure(wiring.parse({"version": 1, "system": "test", "service": "test"}))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """asyncio only: gRPC and psycopg are made for it."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
async def one_loop(anyio_backend: str) -> AsyncGenerator[None]:
    """One event loop for the whole run: gRPC's poller outlives a test, and remembers its loop."""
    yield  # noqa: PT022 - a fixture that has ended keeps no loop


@pytest.fixture(scope="session")
def postgres() -> Generator[LocalPostgres]:
    """A server, started once a run."""
    found = programs()
    if found is None:
        pytest.fail(
            "there is no Postgres server: `uv sync` installs one, else the system's package postgresql does"
        )
    server = LocalPostgres()
    server.start(found)
    yield server
    server.stop()


@pytest.fixture
def versions(request: pytest.FixtureRequest) -> Path:
    """The migrations of the member that a test belongs to; the platform's tests have none of their own."""
    member = next(part for part in request.path.relative_to(Path(__file__).parent).parts)
    package = importlib.import_module(f"tube_{member.replace('-', '_')}")
    return Path(str(package.__file__)).parent / ("no_migrations" if member == "platform" else "migrations")


@pytest.fixture
async def database(postgres: LocalPostgres, versions: Path) -> AsyncGenerator[Database]:
    """A pool to a new database with the member's tables."""
    found = Database(postgres.database(versions))
    await found.start()
    yield found
    await found.close()
    postgres.drop(found.wiring.name)


type Query = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture
def query(postgres: LocalPostgres, database: Database) -> Query:
    """Look into the database beside the code under test."""
    return lambda text: postgres.execute(database.wiring.name, text)
