"""A new system's workspace, built by its own tools: locked, its contracts generated, checked, and its own tests run."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from wireplan.rim import scaffolding, sources
from wireplan.rim.scaffolding import Options, workspace

from tests.workspace import asked, given, mounted, uv

SHOP = Path(__file__).parent / "shop"
pytestmark = pytest.mark.workspace


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of a new system, with everything installed."""
    folder = tmp_path_factory.mktemp("new") / "shop"
    shutil.copytree(SHOP, folder)
    outcome, _ = scaffolding.from_file(folder, Options())
    assert outcome.left == ()
    uv(folder / "services", "sync", "--frozen", "--quiet")
    return folder / "services"


@pytest.mark.parametrize("tool", ["ruff check", "ruff format --check", "pyright"])
def test_it_is_held_to_the_same_bar(shop: Path, tool: str) -> None:
    """Linted, formatted, typed strictly."""
    uv(shop, "run", "--frozen", *tool.split())


@pytest.mark.timeout(1800)  # five hundred tests, in whatever time others leave
def test_its_own_tests_pass_and_the_platforms_among_them(shop: Path) -> None:
    """Without those on brokers, which wait half a minute for groups to settle and run in the reference system."""
    kept = "--ignore=platform/tests/test_mock_brokers.py"
    assert "skipped" not in uv(shop, "run", "--frozen", "pytest", "-q", kept)


def test_every_service_says_what_it_can_be_asked(shop: Path) -> None:
    for service in ("front", "orders", "checkout", "stock", "order-mail", "tidy", "web"):
        module = f"shop_{service}".replace("-", "_")
        done = subprocess.run(
            [shop / ".venv/bin/python", "-m", module], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert done.stderr == f"usage: python -m {module} serve | migrate | sql\n"


def test_each_service_asks_for_what_the_topology_gives_it(shop: Path, tmp_path: Path) -> None:
    """Every kind of service, with one edge only and a topic without a key: its pod would start."""
    topology = sources.topology(shop.parent / "topology.yaml")
    assert asked(shop, topology, mounted(tmp_path)) == given(topology)


def test_the_migrations_of_a_service_are_sql(shop: Path) -> None:
    assert "create table outbox" in uv(shop, "run", "--frozen", "python", "-m", "shop_orders", "sql").lower()


def test_it_is_current_until_a_contract_changes(shop: Path, count_steps: Callable[[], int]) -> None:
    """Checked by fingerprints when nothing changed; by the generator itself when something did."""
    topology = shop.parent
    assert scaffolding.from_file(topology, Options(dry=True))[0].current
    proto = topology / "protos/shop/events/v1/events.proto"
    proto.write_text(
        proto.read_text().replace("string order_id = 1;", "string order_id = 1; string why = 2;", 1)
    )
    assert scaffolding.from_file(topology, Options(dry=True))[0].left == ("contracts/ is not current",)
    scaffolding.from_file(topology, Options())
    assert scaffolding.from_file(topology, Options(dry=True))[0].current
    assert "why" in (shop / "contracts/src/shop/events/v1/events_pb2.pyi").read_text()
    assert count_steps() == 1


@pytest.fixture
def count_steps(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often a program of the workspace was run to make something."""
    ran: list[str] = []
    real = workspace.run

    def run(command: list[str], folder: Path, name: str) -> None:
        ran.append(name)
        real(command, folder, name)

    monkeypatch.setattr(workspace, "run", run)
    return lambda: len(ran)
