"""Programs in a services' workspace, run as a person runs them there; what its services ask for, and what the topology gives."""

import json
import subprocess
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from wireplan.rim.scaffolding import workspace
from wireplan.topology import names
from wireplan.topology.types import Topology
from wireplan.topology.wiring import wiring

WIRE = Path(__file__).with_name("stacks") / "wire.py"


def uv(folder: Path, *words: str | Path, text: str | None = None, **variables: str) -> str:
    """What uv prints, run in a workspace with `text` as its input. Where it fails, its output is the test's failure."""
    done = subprocess.run(
        [workspace.uv(), *words],
        cwd=folder,
        env={**workspace.environment(), **variables},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def mounted(folder: Path) -> Path:
    """A folder with what a cluster mounts."""
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name in ("objects/access_key", "objects/secret_key", "database/password", "tokens/k1.pem"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(key)
    return folder


def asked(services: Path, topology: Topology, secrets: Path) -> dict[str, list[str]]:
    """What the `wired.py` of each service asks of its App, with the wiring that its pod would have."""
    wirings = {name: wiring(topology, name) for name in topology.services}
    text = json.dumps(wirings).replace(names.SECRETS, str(secrets))
    said = uv(services, "run", "--frozen", "python", WIRE, text=text, GROUP_INSTANCE_ID="pod-0")
    return json.loads(said.splitlines()[-1])  # above it are the logs of what starts at once


def given(topology: Topology) -> dict[str, list[str]]:
    """The parts in the wiring of each service, all of which it has to ask for."""
    return {name: _parts(wiring(topology, name)) for name in topology.services}


def _parts(own: dict[str, Any]) -> list[str]:
    parts = ("database", "outbox", "tokens", "verifies", "grpc", "http", "sagas", "logins")
    named = ("calls", "buckets", "consumes")
    carried = [f"{topic} carries {each['message']}" for topic, each in own.get("consumes", {}).items()]
    return sorted(
        [
            *(part for part in parts if part in own),
            *(f"{part} {name}" for part in named for name in own.get(part, {})),
            *carried,
        ]
    )
