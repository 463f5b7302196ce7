"""Images are pushed to any registry that speaks the distribution protocol."""

import base64
import gzip
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from wireplan.rim.images import credentials
from wireplan.rim.images.layers import Entry
from wireplan.rim.images.layout import Blob, Config, Held, Layout, parts
from wireplan.rim.images.push import remote
from wireplan.rim.trouble import Trouble

LOGIN = "Basic " + base64.b64encode(b"ann:secret").decode()


@dataclass
class Store:
    """What a registry was given, and how it asks for a login (`""`, `basic`, `bearer`)."""

    asks: str = ""
    blobs: dict[tuple[str, str], bytes] = field(default_factory=dict[tuple[str, str], bytes])
    manifests: dict[str, bytes] = field(default_factory=dict[str, bytes])
    uploads: list[str] = field(default_factory=list[str])
    mounts: list[str] = field(default_factory=list[str])
    tokens_made: int = 0
    tokens_spent: int = 0


class Handler(BaseHTTPRequestHandler):
    """A small registry that can be written to."""

    protocol_version = "HTTP/1.1"

    @property
    def store(self) -> Store:
        return cast("Server", self.server).store

    def answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def allowed(self) -> bool:
        """Whether the login is right; a token is good for three requests, so that it runs out during a push."""
        given = self.headers.get("Authorization", "")
        if self.store.asks == "bearer":
            self.store.tokens_spent += 1
            return given == f"Bearer token-{self.store.tokens_made}" and self.store.tokens_spent % 4 != 0
        return not self.store.asks or given == LOGIN

    def handle_one(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/token":
            if self.headers.get("Authorization") != LOGIN or query["scope"].split(":")[2] != "pull,push":
                return self.answer(401)
            self.store.tokens_made += 1
            return self.answer(200, body=json.dumps({"token": f"token-{self.store.tokens_made}"}).encode())
        if not self.allowed():
            host = self.headers["Host"]
            bearer = f'Bearer realm="http://{host}/token",service="test"'
            return self.answer(401, {"WWW-Authenticate": bearer if self.store.asks == "bearer" else "Basic"})
        found = re.fullmatch(r"/v2/(.+)/(blobs|manifests)/(.*)", parts.path)
        assert found
        return self.act(found[1], found[2], found[3], query, body)

    def act(self, repository: str, kind: str, reference: str, query: dict[str, str], body: bytes) -> None:
        if self.command == "HEAD":
            return self.answer(200 if (repository, reference) in self.store.blobs else 404)
        if kind == "manifests":
            self.store.manifests[f"{repository}:{reference}"] = body
            return self.answer(201)
        if self.command == "POST" and (query.get("from", ""), query.get("mount", "")) in self.store.blobs:
            self.store.blobs[(repository, query["mount"])] = self.store.blobs[(query["from"], query["mount"])]
            self.store.mounts.append(query["mount"])
            return self.answer(201)
        if self.command == "POST":
            return self.answer(202, {"Location": f"/v2/{repository}/blobs/uploads/1?state=x"})
        assert "sha256:" + hashlib.sha256(body).hexdigest() == query["digest"]
        self.store.blobs[(repository, query["digest"])] = body
        self.store.uploads.append(query["digest"])
        return self.answer(201)

    do_GET = do_HEAD = do_POST = do_PUT = handle_one  # noqa: N815 - the base class spells them so

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """The server and what it was given."""

    store: Store


@pytest.fixture
def server() -> Iterator[Server]:
    """A registry that can be written to."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.store = Store()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def images(layout: Layout, layer: Callable[..., Blob]) -> list[Held]:
    """Two images over one base."""
    base = layer(Entry("base", b"base"))
    return [
        layout.image(f"wireplan.local/tube/{name}:1", [base, layer(Entry(name, b""))], Config())
        for name in ("upload", "auth")
    ]


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No login of the person who runs the tests is used."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.delenv(credentials.USER, raising=False)


def address(server: Server) -> str:
    return f"127.0.0.1:{server.server_port}"


def test_an_image_arrives_whole_under_the_registrys_name(
    server: Server, layout: Layout, images: list[Held]
) -> None:
    """Pods are then given the name there, with the digest there."""
    reference = remote(f"{address(server)}/team").push(layout, images[0])
    body = server.store.manifests["team/tube/upload:1"]
    assert reference == f"{address(server)}/team/tube/upload:1@sha256:{hashlib.sha256(body).hexdigest()}"
    held = {
        digest: blob
        for (repository, digest), blob in server.store.blobs.items()
        if repository == "team/tube/upload"
    }
    assert set(parts(json.loads(body))) == set(held)


def test_layers_travel_compressed_and_are_the_same_inside(
    server: Server, layout: Layout, images: list[Held]
) -> None:
    """Most tools around registries read gzip only; the config, and with it what runs, stays as it was."""
    remote(address(server)).push(layout, images[0])
    manifest = json.loads(server.store.manifests["tube/upload:1"])
    assert manifest["config"] == layout.read(images[0].digest)["config"]
    for sent, plain in zip(manifest["layers"], layout.layers(images[0].digest), strict=True):
        assert sent["mediaType"].endswith("+gzip")
        assert (
            gzip.decompress(server.store.blobs[("tube/upload", sent["digest"])])
            == layout.path(plain.digest).read_bytes()
        )


def test_a_base_that_images_share_is_sent_once(server: Server, layout: Layout, images: list[Held]) -> None:
    """It is mounted into the second repository."""
    there = remote(address(server))
    for image in images:
        there.push(layout, image)
    assert len(server.store.uploads) == len(set(server.store.uploads)) == 5  # two configs, two tops, one base
    assert len(server.store.mounts) == 1


def test_a_second_push_sends_no_blob(server: Server, layout: Layout, images: list[Held]) -> None:
    """So a push that broke off goes on where it was."""
    remote(address(server)).push(layout, images[0])
    sent = list(server.store.uploads)
    remote(address(server)).push(layout, images[0])
    assert server.store.uploads == sent


@pytest.mark.parametrize("asks", ["basic", "bearer"])
def test_a_login_is_given_when_asked_for(
    server: Server, layout: Layout, images: list[Held], tmp_path: Path, asks: str
) -> None:
    """What `docker login` wrote is used; a token that runs out during the push is renewed."""
    server.store.asks = asks
    (tmp_path / "docker").mkdir()
    auths = {"auths": {f"https://{address(server)}/v1/": {"auth": LOGIN.removeprefix("Basic ")}}}
    (tmp_path / "docker" / "config.json").write_text(json.dumps(auths))
    for image in images:
        remote(address(server)).push(layout, image)
    assert set(server.store.manifests) == {"tube/upload:1", "tube/auth:1"}
    assert asks == "basic" or server.store.tokens_made > 2


def test_the_environment_can_hold_the_login(
    server: Server, layout: Layout, images: list[Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In CI there is no `docker login`."""
    server.store.asks = "basic"
    monkeypatch.setenv(credentials.USER, "ann")
    monkeypatch.setenv(credentials.PASSWORD, "secret")
    remote(address(server)).push(layout, images[0])
    assert server.store.manifests


@pytest.mark.parametrize("asks", ["basic", "bearer"])
def test_without_a_login_the_person_is_told_and_no_secret_shown(
    server: Server, layout: Layout, images: list[Held], monkeypatch: pytest.MonkeyPatch, asks: str
) -> None:
    """Also with a wrong one."""
    server.store.asks = asks
    with pytest.raises(Trouble, match="wants a login") as trouble:
        remote(address(server)).push(layout, images[0])
    assert "docker login" in trouble.value.fix
    monkeypatch.setenv(credentials.USER, "ann")
    monkeypatch.setenv(credentials.PASSWORD, "wrong-secret")
    with pytest.raises(Trouble) as trouble:
        remote(address(server)).push(layout, images[0])
    assert "wrong-secret" not in str(vars(trouble.value))


def test_a_registry_that_is_not_there_is_told(layout: Layout, images: list[Held]) -> None:
    """With its address."""
    with pytest.raises(Trouble, match=r"127\.0\.0\.1:1 does not answer"):
        remote("127.0.0.1:1").push(layout, images[0])


@pytest.mark.parametrize(
    ("written", "base", "repository"),
    [
        ("registry.example", "https://registry.example", "tube/upload"),
        ("https://registry.example/a/b/", "https://registry.example", "a/b/tube/upload"),
        ("localhost:5000", "http://localhost:5000", "tube/upload"),
    ],
)
def test_only_this_machine_is_spoken_to_in_the_open(written: str, base: str, repository: str) -> None:
    """A login must not travel by plain HTTP."""
    there = remote(written)
    assert there.base == base
    assert there.repository(Held("wireplan.local/tube/upload:1", "sha256:" + "0" * 64, 1)) == repository


def test_a_login_is_not_sent_to_another_host_that_takes_the_upload() -> None:
    """A registry may send uploads to an object store."""
    there = remote("registry.example")
    there.tokens["a"] = "Bearer x"
    assert there.authorization("https://registry.example/v2/a/blobs/uploads/", "a") == {
        "Authorization": "Bearer x"
    }
    assert there.authorization("https://store.example/upload", "a") == {}


@pytest.mark.parametrize(
    ("host", "scheme"),
    [
        ("localhost:5000", "http"),
        ("127.0.0.1", "http"),
        ("[::1]:5000", "http"),
        ("localhost.example", "https"),
        ("127.example.org:5000", "https"),
        ("registry.example", "https"),
    ],
)
def test_a_login_travels_in_the_open_on_this_machine_only(host: str, scheme: str) -> None:
    assert remote(host).base == f"{scheme}://{host}"


def test_docker_hub_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(Trouble, match="Docker Hub") as caught:
        remote("docker.io/ann")
    assert caught.value.fix
