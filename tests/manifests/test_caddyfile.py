"""The Caddyfile as Caddy itself reads it: which path leads where. Skipped where Caddy is not installed."""

import dataclasses
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from wireplan.manifests.providers.edge import caddyfile
from wireplan.rim import engines
from wireplan.topology.types import Edge, Route

from tests.manifests.conftest import resolved


def edge(*paths: str) -> Edge:
    """The public edge of tube with other routes."""
    routes = tuple(
        Route(path, "gateway", None, "http2", "gateway.tube.svc.cluster.local:8080") for path in paths
    )
    return dataclasses.replace(resolved("local").edges["public"], routes=routes)


@pytest.fixture
def caddy() -> str:
    return str(engines.path("caddy"))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(program: str, site: Edge, folder: Path) -> Iterator[str]:
    """The site of an edge without TLS, each route answering with its own path."""
    port = free_port()
    lines = [line for line in caddyfile.site(site)[1:] if not line.startswith("\ttls ")]
    text = "\n".join(["{", "\tadmin off", "\tauto_https off", "}", f"http://127.0.0.1:{port} {{", *lines, ""])
    file = folder / "Caddyfile"
    file.write_text(text)
    command = [program, "run", "--config", str(file), "--adapter", "caddyfile"]
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, env={"HOME": str(folder)})
    try:
        wait(port, child, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait()


def wait(port: int, child: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(100):
        assert child.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def answer(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as found:
            return found.status, found.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


@pytest.mark.parametrize(
    ("paths", "asked"),
    [
        (
            ("/", "/api", "/api/films/"),
            {
                "/": "/",
                "/api": "/api",
                "/api/": "/api",
                "/api/users?a=1": "/api",
                "/api/films": "/api/films/",
                "/api/films/7": "/api/films/",
                "/apiary": "/",
                "/other": "/",
            },
        ),
        (("/api",), {"/api": "/api", "/": None, "/apiary": None}),
    ],
)
def test_the_longest_prefix_wins_and_what_has_no_route_is_not_found(
    caddy: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    paths: tuple[str, ...],
    asked: dict[str, str | None],
) -> None:
    monkeypatch.setattr(caddyfile, "proxy", lambda _, route: [f'\t\trespond "to {route.path}"'])
    with serving(caddy, edge(*paths), tmp_path) as base:
        found = {path: answer(f"{base}{path}") for path in asked}
    assert found == {path: (200, f"to {route}") if route else (404, "") for path, route in asked.items()}


def test_bodies_of_requests_to_services_are_limited_where_that_is_written_and_uploads_are_not(
    caddy: str, tmp_path: Path
) -> None:
    limited = dataclasses.replace(resolved("local").edges["public"], max_body=5_000_000)
    assert "request_body" not in caddyfile.text(resolved("local").edges["public"])
    (tmp_path / "Caddyfile").write_text(caddyfile.text(limited))
    command = [caddy, "adapt", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"HOME": str(tmp_path)})
    assert done.stdout.count('{"handler":"request_body","max_size":5000000}') == 1
    blocks = caddyfile.text(limited).split("\thandle ")
    (uploads,), (requests,) = (
        [b for b in blocks if f"name {to}.tube." in b] for to in ("objects", "gateway")
    )
    assert "request_body" not in uploads
    assert "max_size 5000000" in requests


def test_caddy_reads_the_whole_file(caddy: str, tmp_path: Path) -> None:
    (tmp_path / "Caddyfile").write_text(caddyfile.text(edge("/", "/api")))
    command = [caddy, "adapt", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr


@pytest.mark.row("A9")
def test_no_log_tells_what_a_browser_carries_through_a_login(
    caddy: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nor where it is sent on to, nor where it comes from: who reads the log could finish somebody's login."""
    onward = "https://id.example/authorize?client_id=shop&state=canary-sent"
    monkeypatch.setattr(
        caddyfile, "proxy", lambda *_: [f"\t\theader Location {onward}", '\t\trespond "" 404']
    )
    with serving(caddy, edge("/"), tmp_path) as base:
        asked = urllib.request.Request(
            f"{base}/v1/login/id/callback?code=canary-code&state=canary-state&iss=https://id.example",
            headers={"Referer": f"{base}/?code=canary-from", "Cookie": "__Host-login=canary-cookie"},
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=5)
        assert refused.value.headers["Location"] == onward
    log = (tmp_path / "log").read_text()
    assert "canary" not in log
    assert "/v1/login/id/callback?" in log
    assert "https://id.example/authorize?client_id=shop" in log
