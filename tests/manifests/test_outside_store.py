"""An edge that leads to buckets of an object store that is not ours: outwards, by TLS, under the store's own name."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from wireplan.manifests.objects import objects
from wireplan.manifests.providers.edge import caddyfile
from wireplan.model.system import System
from wireplan.report import yaml_text
from wireplan.rim import engines
from wireplan.topology import wiring
from wireplan.topology.resolve import resolve
from wireplan.topology.types import Topology

from tests.conftest import Golden
from tests.manifests.conftest import images
from tests.manifests.test_caddyfile import serving

STORE = "https://s3.eu-central-1.amazonaws.com"


def shop(endpoint: str = STORE, **route: str) -> Topology:
    """A system whose clients upload films to a store that is not its own."""
    return resolve(
        System.model_validate(
            {
                "system": "shop",
                "environment": {"profile": "prod"},
                "services": {"web": {"kind": "http", "serves_http": "http2", "buckets": {"films": {}}}},
                "object_store": {"provider": "external", "endpoint": endpoint},
                "buckets": {"films": {"uploads_through": "public"}},
                "edges": {
                    "public": {
                        "host": "shop.example",
                        "routes": [{"path": "/films/", "to": "bucket films", **route}, {"path": "/", "to": "web"}],
                    }
                },
            }
        )
    )  # fmt: skip


def adapted(topology: Topology, folder: Path) -> list[dict[str, Any]]:
    """The proxies of the public edge, as Caddy itself understands its file."""
    file = folder / "Caddyfile"
    file.write_text(caddyfile.text(topology.edges["public"]))
    command = [str(engines.path("caddy")), "adapt", "--config", str(file), "--adapter", "caddyfile"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"HOME": str(folder)})
    return list(proxies(json.loads(done.stdout)))


def proxies(part: Any) -> Iterator[dict[str, Any]]:
    """Every handler that proxies, wherever it is in a configuration."""
    if isinstance(part, dict) and part.get("handler") == "reverse_proxy":
        yield part
    elif isinstance(part, dict | list):
        for each in part.values() if isinstance(part, dict) else part:
            yield from proxies(each)


def test_the_edge_and_its_way_out(golden: Golden) -> None:
    topology = shop()
    made = objects(topology, images(topology))
    edge = [one.body for one in made if one.name in ("edge-public", "edge-public-caddy") and one.kind in ("ConfigMap", "NetworkPolicy")]  # fmt: skip
    golden("manifests/outside-store.yaml", yaml_text.documents(edge))


def test_the_store_is_spoken_to_by_tls_under_its_own_name_and_without_cookies(tmp_path: Path) -> None:
    outside, inside = adapted(shop(), tmp_path)
    assert outside["upstreams"] == [{"dial": "s3.eu-central-1.amazonaws.com:443"}]
    assert outside["headers"]["request"] == {
        "set": {"Host": ["s3.eu-central-1.amazonaws.com"]},
        "delete": ["Cookie"],
    }
    assert outside["transport"]["tls"] == {"server_name": "s3.eu-central-1.amazonaws.com"}
    assert outside["transport"]["versions"] == ["1.1"]
    assert "headers" not in inside, "the Host of requests to services stays as it came"
    assert "tls" not in inside["transport"]


@pytest.mark.parametrize(
    ("endpoint", "protocol", "dial", "host", "versions"),
    [
        ("https://S3.Example:443/", "http1", "s3.example:443", "s3.example", ["1.1"]),
        ("https://s3.example:8443", "http2", "s3.example:8443", "s3.example:8443", ["2"]),
        ("http://minio.storage:9000", "http1", "minio.storage:9000", "minio.storage:9000", ["1.1"]),
        ("http://minio.storage", "http2", "minio.storage:80", "minio.storage", ["h2c"]),
        ("https://[2001:db8::7]", "http1", "[2001:db8::7]:443", "[2001:db8::7]", ["1.1"]),
    ],
)
def test_the_host_is_what_a_client_of_the_store_would_send(
    endpoint: str, protocol: str, dial: str, host: str, versions: list[str], tmp_path: Path
) -> None:
    """A signature is over the Host header: without the port that the scheme has anyway, in small letters."""
    outside, _ = adapted(shop(endpoint, protocol=protocol), tmp_path)
    assert outside["upstreams"] == [{"dial": dial}]
    assert outside["headers"]["request"]["set"] == {"Host": [host]}
    assert outside["transport"]["versions"] == versions
    assert ("tls" in outside["transport"]) == endpoint.startswith("https")


@contextmanager
def store() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """A store on this machine that remembers what it was asked."""
    asked: list[tuple[str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_an_upload_comes_to_the_store_as_it_was_signed(tmp_path: Path) -> None:
    """Path and query byte for byte, the Host that it was signed for."""
    target = "/films/a%20film%2B%C3%A9?X-Amz-SignedHeaders=host&X-Amz-Signature=abc"
    with store() as (endpoint, asked):
        topology = shop(endpoint)
        with serving(str(engines.path("caddy")), topology.edges["public"], tmp_path) as base:
            request = Request(base + target, b"film", {"Cookie": "session=1"}, method="PUT")
            with urlopen(request, timeout=5) as answer:
                assert answer.status == 200
    ((path, headers, body),) = asked
    assert (path, body) == (target, b"film")
    assert headers["host"] == endpoint.removeprefix("http://")
    assert "cookie" not in headers


def test_a_service_signs_for_the_name_that_the_edge_tells_the_store() -> None:
    bucket = wiring.bucket(shop(f"{STORE}/"), "films", "read-write")
    assert (bucket["endpoint"], bucket["signed_for"], bucket["public_endpoint"]) == (STORE, STORE, "https://shop.example")  # fmt: skip
