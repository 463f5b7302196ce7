"""The registry answers as containerd asks."""

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from wireplan.rim.images.layout import MANIFEST, Held, Layout
from wireplan.rim.images.registry import Registry

Images = Callable[..., Held]
Ask = Callable[..., tuple[HTTPResponse, bytes]]


@pytest.fixture
def ask(layout: Layout) -> Iterator[Ask]:
    """A function that asks a running registry."""
    layout.prepare()
    with Registry(("127.0.0.1", 0), layout.root) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))  # shutdown waits for one poll
        thread.start()
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=5)

        def one(path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer, answer.read()

        yield one
        connection.close()
        server.shutdown()
        thread.join()


def test_it_says_that_it_is_a_registry(ask: Ask) -> None:
    """The first request of every client."""
    answer, _ = ask("/v2/")
    assert answer.status == 200


@pytest.mark.parametrize(
    ("name", "request_path"),
    [
        ("docker.io/apache/kafka:4.3.1", "/v2/apache/kafka/manifests/4.3.1?ns=docker.io"),
        ("docker.io/library/caddy:2.11", "/v2/library/caddy/manifests/2.11?ns=docker.io"),
        ("wireplan.local/tube/upload:x", "/v2/tube/upload/manifests/x?ns=wireplan.local"),
        ("registry.k8s.io/pause:3.10", "/v2/pause/manifests/3.10?ns=registry.k8s.io"),
        ("wireplan.local/tube/upload:x", "/v2/wireplan.local/tube/upload/manifests/x"),
        ("docker.io/apache/kafka:4.3.1", "/v2/apache/kafka/manifests/4.3.1"),
        ("docker.io/library/caddy:2.11", "/v2/caddy/manifests/2.11"),
    ],
)
def test_a_tag_is_resolved_to_its_manifest(
    ask: Ask, small_image: Images, name: str, request_path: str
) -> None:
    """By the registry's name in `ns` as containerd's mirrors ask, or by the whole name in the path."""
    held = small_image(name)
    answer, body = ask(request_path, "HEAD")
    assert (answer.status, body) == (200, b"")
    assert answer.headers["Docker-Content-Digest"] == held.digest
    assert answer.headers["Content-Length"] == str(held.size)
    assert answer.headers["Content-Type"] == MANIFEST
    answer, body = ask(request_path)
    assert "sha256:" + hashlib.sha256(body).hexdigest() == held.digest


def test_the_same_path_of_another_registry_is_another_image(ask: Ask, small_image: Images) -> None:
    """`ns` decides; guessing would hand out the wrong image."""
    small_image("docker.io/apache/kafka:4.3.1")
    answer, _ = ask("/v2/apache/kafka/manifests/4.3.1?ns=ghcr.io")
    assert answer.status == 404


def test_a_manifest_is_had_by_digest(ask: Ask, small_image: Images) -> None:
    """Pods name `repository:tag@digest`, and containerd then asks for the digest only; also after the tag moved on."""
    old = small_image("wireplan.local/tube/upload:x")
    small_image("wireplan.local/tube/upload:x", b"newer")
    answer, body = ask(f"/v2/tube/upload/manifests/{old.digest}?ns=wireplan.local")
    assert answer.headers["Content-Type"] == MANIFEST
    assert json.loads(body)["mediaType"] == MANIFEST


def test_a_layer_is_no_manifest(ask: Ask, layout: Layout, small_image: Images) -> None:
    """Asked for as a manifest it is unknown, asked for as a blob it is there."""
    digest = layout.layers(small_image("wireplan.local/a:1").digest)[0].digest
    assert ask(f"/v2/a/manifests/{digest}?ns=wireplan.local")[0].status == 404
    assert ask(f"/v2/a/blobs/{digest}?ns=wireplan.local")[0].status == 200


def test_a_blob_comes_whole_or_in_parts(ask: Ask, layout: Layout, small_image: Images) -> None:
    """containerd resumes a broken pull with a Range header."""
    blob = layout.layers(small_image("wireplan.local/a:1").digest)[0]
    path = f"/v2/a/blobs/{blob.digest}"
    _, whole = ask(path)
    assert len(whole) == blob.size
    answer, rest = ask(path, Range="bytes=100-")
    assert (answer.status, rest) == (206, whole[100:])
    assert answer.headers["Content-Range"] == f"bytes 100-{blob.size - 1}/{blob.size}"
    _, middle = ask(path, Range="bytes=10-19")
    assert middle == whole[10:20]
    assert ask(path, Range=f"bytes={blob.size}-")[0].status == 416


@pytest.mark.parametrize(
    "path",
    [
        "/v2/library/nginx/manifests/latest?ns=docker.io",
        "/v2/a/blobs/sha256:" + "0" * 64,
        "/v2/a/blobs/..%2F..%2Findex.json",
        "/v2/a/blobs/sha256:..%2Foci-layout",
        "/v2/a/manifests/sha256:" + "0" * 64,
        "/v2/../index.json",
        "/index.json",
    ],
)
def test_what_is_not_held_is_not_found(ask: Ask, path: str) -> None:
    """404 sends a runtime on to the public registry; nothing outside the blobs can be read."""
    answer, body = ask(path)
    assert answer.status == 404
    assert json.loads(body)["errors"][0]["message"]


def test_a_new_image_is_served_at_once(ask: Ask, small_image: Images) -> None:
    """The index is read again when it was replaced, without a restart."""
    path = "/v2/tube/upload/manifests/{}?ns=wireplan.local"
    assert ask(path.format(1))[0].status == 404
    for tag in (1, 2, 3):
        held = small_image(f"wireplan.local/tube/upload:{tag}", str(tag).encode())
        assert ask(path.format(tag))[0].headers["Docker-Content-Digest"] == held.digest


def test_tags_are_listed(ask: Ask, small_image: Images) -> None:
    """For people who look around with a registry client."""
    for tag in ("b", "a"):
        small_image(f"wireplan.local/tube/upload:{tag}")
    small_image("wireplan.local/tube/auth:c")
    _, body = ask("/v2/tube/upload/tags/list?ns=wireplan.local")
    assert json.loads(body)["tags"] == ["a", "b"]


def test_nothing_can_be_written(ask: Ask) -> None:
    """Images come in by the layout only."""
    assert ask("/v2/a/blobs/uploads/", "POST")[0].status == 501


def test_it_starts_without_the_packages_of_the_command_line(tmp_path: Path) -> None:
    """The cluster waits for it, so it may import little more than the standard library."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import wireplan.rim.images.registry, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stdout.split()
    assert {"typer", "pydantic", "kubernetes", "pulumi", "yaml"} & set(loaded) == set()
