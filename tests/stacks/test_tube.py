"""The services of the reference system: held to their own bar by their own tools, and wired as the topology says."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from wireplan.rim import scaffolding
from wireplan.topology import names
from wireplan.topology.wiring import wiring

from tests.topology.conftest import tube
from tests.workspace import uv

TUBE = Path(__file__).resolve().parents[2] / "stacks/tube"
WIRE = Path(__file__).with_name("wire.py")
pytestmark = pytest.mark.workspace


@pytest.fixture(scope="module")
def services() -> Path:
    """The workspace, with what its lock file names installed."""
    uv(TUBE / "services", "sync", "--frozen", "--quiet")
    return TUBE / "services"


@pytest.mark.parametrize("tool", ["ruff check", "ruff format --check", "pyright"])
def test_the_services_are_held_to_the_bar(services: Path, tool: str) -> None:
    uv(services, "run", "--frozen", *tool.split())


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
    folder = tmp_path_factory.mktemp("secrets")
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name in ("objects/access_key", "objects/secret_key", "database/password", "tokens/k1.pem"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(key)
    return folder


@pytest.mark.parametrize("environment", ["local", "staging", "prod"])
def test_each_service_asks_for_what_the_topology_gives_it(
    services: Path, secrets: Path, environment: str
) -> None:
    """No part is missing in the wiring of a pod, and none is given for nothing."""
    topology = tube(environment)
    wirings = {name: wiring(topology, name) for name in topology.services}
    text = json.dumps(wirings).replace(names.SECRETS, str(secrets))
    asked = uv(services, "run", "--frozen", "python", WIRE, text=text, GROUP_INSTANCE_ID="pod-0")
    assert json.loads(asked) == {name: given(each) for name, each in wirings.items()}


def given(wiring: dict[str, Any]) -> list[str]:
    """The parts of a wiring that a service has to ask for."""
    parts = ("database", "outbox", "tokens", "verifies", "grpc", "http")
    named = ("calls", "buckets", "consumes")
    carried = [f"{topic} carries {each['message']}" for topic, each in wiring.get("consumes", {}).items()]
    return sorted(
        [
            *(part for part in parts if part in wiring),
            *(f"{part} {name}" for part in named for name in wiring.get(part, {})),
            *carried,
        ]
    )
