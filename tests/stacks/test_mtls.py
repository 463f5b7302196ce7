"""What signs certificates and the services that use them are of one mind: written by the one, read by the others, over real gRPC."""

import copy
import json
import time
from pathlib import Path

import pytest
from wireplan.manifests import certificates as objects
from wireplan.rim.images.tools import certificates
from wireplan.rim.images.tools.certificates import State
from wireplan.topology import mtls
from wireplan.topology.wiring import wiring

from tests.rim.images.tools.memory import Memory
from tests.topology.conftest import tube
from tests.workspace import uv

SERVICES = Path(__file__).resolve().parents[2] / "stacks/tube/services"
PROGRAM = Path(__file__).with_name("mtls.py")
pytestmark = pytest.mark.workspace


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Secrets of tube after one round, each as a folder."""
    topology = tube("local")
    plan = certificates.read(json.loads(objects.wanted(topology, tuple(mtls.holders(topology)))))
    store, state = Memory({name: {} for name in (plan.authority, *plan.secrets)}), State()
    certificates.once(plan, store, state, time.time(), str)
    assert state.fresh
    root = tmp_path_factory.mktemp("mtls")
    for secret, wanted in plan.secrets.items():
        (root / wanted.service).mkdir()
        for name, text in store.data[secret].items():
            (root / wanted.service / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("caller", "callee", "status"),
    [
        ("gateway", "upload", "OK"),
        ("upload", "catalog", "OK"),
        ("statistics", "upload", "PERMISSION_DENIED"),
        ("upload", "gateway-of-nobody", "UNAVAILABLE"),
    ],
)
def test_a_call_goes_through_where_the_topology_has_it(
    folders: Path, caller: str, callee: str, status: str
) -> None:
    topology = tube("local")
    nobody = callee not in topology.services
    wirings = [copy.deepcopy(wiring(topology, name)) for name in ("auth" if nobody else callee, caller)]
    for each in wirings:
        each["mtls"]["folder"] = str(folders / each["service"])
    if nobody:  # whoever listens at a name without its certificate gets no call
        wirings[0]["service"] = callee
    said = uv(SERVICES, "run", "--frozen", "python", PROGRAM, text=json.dumps(wirings))
    assert said.splitlines()[-1] == status
