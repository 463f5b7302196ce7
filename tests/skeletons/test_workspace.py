"""A new system's workspace, built by its own tools: locked, its contracts generated, checked, and its own tests run."""

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from wireplan.rim import scaffolding, sources
from wireplan.rim.scaffolding import Options, workspace

from tests.workspace import asked, given, mounted, uv

SHOP = Path(__file__).parent / "shop"
TUBE = Path(__file__).parents[2] / "stacks/tube/services"
PROVIDED = "import json, importlib.metadata as known; print(json.dumps(known.packages_distributions()))"
"""Tells by which packages each top-level module is installed."""
IMPORT = re.compile(r"^ *(?:from|import) (\w+)", re.MULTILINE)
NAME = re.compile(r"[-_.]+")
"""A package's name may be spelled with any of these (PyPA's name normalization)."""
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


@pytest.mark.parametrize("tool", ["ruff check", "ruff format --check"])
def test_it_is_held_to_the_same_bar(shop: Path, tool: str) -> None:
    """Linted, formatted."""
    uv(shop, "run", "--frozen", *tool.split())


def test_it_is_typed_strictly(shop: Path) -> None:
    """All but what is the reference system's (below) and imports what is locked there, too: that is checked there (tests/stacks/test_tube.py)."""
    files = [path for path in shop.glob("[!.]*") if path.name != "platform" and path.suffix in {"", ".py"}]
    uv(shop, "run", "--frozen", "pyright", *files, *built_on(shop, released_since(shop)))


def released_since(shop: Path) -> set[str]:
    """The packages that a new system gets in another version than the reference system has."""
    here, there = locked(shop), locked(TUBE)
    return {name for name in here if name in there and here[name] != there[name]}


def locked(services: Path) -> dict[str, str]:
    """The version of each package of a workspace."""
    packages = tomllib.loads((services / "uv.lock").read_text())["package"]
    return {package["name"]: package["version"] for package in packages}


def built_on(shop: Path, packages: set[str]) -> list[Path]:
    """The files of the platform that import one of these packages."""
    provided = json.loads(uv(shop, "run", "--frozen", "python", "-c", PROVIDED))
    words = {
        word for word, names in provided.items() if packages & {NAME.sub("-", each).lower() for each in names}
    }
    return [file for file in shop.glob("platform/**/*.py") if words & set(IMPORT.findall(file.read_text()))]


def test_the_platform_is_the_reference_systems_but_for_its_name(shop: Path) -> None:
    """So its tests have nothing to find here that they do not find there (tests/stacks/test_tube.py)."""
    assert nameless(shop / "platform", "shop") == nameless(TUBE / "platform", "tube")


def nameless(platform: Path, name: str) -> dict[str, str]:
    """Every line that Python or its tools read of a platform package, by file, without the system's name."""
    files = [file for kind in ("*.py", "*.toml") for file in platform.rglob(kind)]
    return {
        str(file.relative_to(platform)).replace(name, "NAME"): file.read_text().replace(name, "NAME")
        for file in files
    }


@pytest.mark.timeout(1800)  # in whatever time others leave
def test_the_tests_of_its_services_pass(shop: Path) -> None:
    services = [file.parent.name for file in sorted(shop.glob("*/pyproject.toml"))]
    services.remove("platform")
    assert "skipped" not in uv(shop, "run", "--frozen", "pytest", "-q", *services)


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
