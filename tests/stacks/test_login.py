"""What stands in for the provider outside, run as its pod would run it, and logged in at by auth's own code over HTTP/3 (rows A9, P10)."""

import contextlib
import datetime
import json
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from wireplan.manifests import pods, standins
from wireplan.rim import engines, sources
from wireplan.rim.program import secrets

from tests.workspace import uv

ROOT = Path(__file__).resolve().parents[2]
HOST, PATIENCE = "id.localhost", 60.0
SECRET = "what only both know"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(words: list[str], folder: Path, name: str, **variables: str) -> Iterator[None]:
    """A program, ended at the end; its log is kept."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(words, env={**os.environ, **variables}, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.kill()
        process.wait(PATIENCE)


def answers(port: int, authority: Path) -> bool:
    """Whether a server has its certificate on a port."""
    with contextlib.suppress(OSError):
        trust = ssl.create_default_context(cafile=str(authority))
        plain = socket.create_connection(("127.0.0.1", port), 1.0)
        with plain, trust.wrap_socket(plain, server_hostname=HOST):
            return True
    return False


@pytest.mark.workspace
@pytest.mark.row("A9")
@pytest.mark.row("P10")
def test_auth_logs_somebody_in_at_the_provider_by_http3(tmp_path: Path) -> None:
    port, behind = free_port(), free_port()
    local = sources.topology(ROOT / "stacks" / "tube" / "topology.yaml", "local")
    ((external, _, login),) = standins.brought(local)
    external = replace(external, url=f"https://{HOST}:{port}")
    made = secrets.certificate((HOST,), datetime.datetime.now(datetime.UTC))
    given = standins.Secrets(made["chain"], made["key"], SECRET)
    objects = {
        (each["kind"], each["metadata"]["name"]): each for each in standins.objects(external, login, given)
    }
    own = tmp_path / "own"
    own.mkdir()
    for name, text in (("tls.crt", made["chain"]), ("tls.key", made["key"]), ("client_secret", SECRET)):
        (own / name).write_text(text)
    (own / "people.json").write_text(standins.people())
    authority = tmp_path / "ca.crt"
    authority.write_text(made["authority"])

    def here(text: str) -> str:
        """What a pod has at its own places."""
        return text.replace(f"{pods.SECRETS}/own", str(own)).replace(f":{standins.BEHIND}", f":{behind}")

    caddyfile = tmp_path / "Caddyfile"
    caddyfile.write_text(here(objects["ConfigMap", "external-id"]["data"]["Caddyfile"]))
    container = objects["Deployment", "external-id"]["spec"]["template"]["spec"]["containers"][1]
    told = {each["name"]: here(each["value"]) for each in container["env"]}
    caddy = [str(engines.path("caddy")), "run", "--config", str(caddyfile), "--adapter", "caddyfile"]
    with (
        running([str(engines.path("identity"))], tmp_path, "identity", **told),
        running(caddy, tmp_path, "caddy"),
    ):
        end = time.monotonic() + PATIENCE
        while not answers(port, authority):
            assert time.monotonic() < end, (tmp_path / "caddy.log").read_text()
            time.sleep(0.05)
        client = (login.client_id, login.redirect_uri, str(own / "client_secret"), str(authority))
        script = Path(__file__).with_name("login.py")
        words = (
            "run",
            "--frozen",
            "python",
            script,
            external.url,
            *client,
            "alice",
            standins.PASSWORDS["alice"],
        )
        said = uv(ROOT / "stacks" / "tube" / "services", *words).splitlines()[-1]
    assert json.loads(said) == {"issuer": external.url, "subject": "alice", "ways": ["http3"]}
    log = (tmp_path / "caddy.log").read_text()
    asked = [json.loads(line)["request"] for line in log.splitlines() if '"request"' in line]
    assert {each["proto"] for each in asked if each["uri"].startswith("/oauth/token")} == {"HTTP/3.0"}
    assert not any("code=" in each["uri"] and "REDACTED" not in each["uri"] for each in asked)
