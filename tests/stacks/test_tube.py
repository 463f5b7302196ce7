"""The services of the reference system: held to their own bar by their own tools, and wired as the topology says."""

from pathlib import Path

import pytest
from wireplan.rim import scaffolding

from tests.topology.conftest import tube
from tests.workspace import asked, given, mounted, uv

TUBE = Path(__file__).resolve().parents[2] / "stacks/tube"
pytestmark = pytest.mark.workspace


@pytest.fixture(scope="module")
def services() -> Path:
    """The workspace, with what its lock file names installed."""
    uv(TUBE / "services", "sync", "--frozen", "--quiet")
    return TUBE / "services"


@pytest.mark.parametrize("tool", ["ruff check", "ruff format --check", "pyright"])
def test_the_services_are_held_to_the_bar(services: Path, tool: str) -> None:
    uv(services, "run", "--frozen", *tool.split())


@pytest.mark.timeout(1800)  # a thousand tests, in whatever time others leave
def test_every_test_of_the_services_passes_and_none_is_skipped(services: Path) -> None:
    """On a machine with nothing installed, too: what the tests need is in the lock file."""
    assert "skipped" not in uv(services, "run", "--frozen", "pytest", "-q")


def test_what_is_generated_is_current() -> None:
    """As `wireplan scaffold --check` says it."""
    found, _ = scaffolding.from_file(TUBE, scaffolding.Options(dry=True))
    assert found.left == ()
    assert found.current


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a cluster mounts."""
    return mounted(tmp_path_factory.mktemp("secrets"))


@pytest.mark.parametrize("environment", ["local", "staging", "prod"])
def test_each_service_asks_for_what_the_topology_gives_it(
    services: Path, secrets: Path, environment: str
) -> None:
    """No part is missing in the wiring of a pod, and none is given for nothing."""
    topology = tube(environment)
    assert asked(services, topology, secrets) == given(topology)
