"""A command that is run in a pod: what it writes, and how it fails. The API is a server here that speaks the protocol of exec."""

import base64
import contextlib
import hashlib
import json
import socket
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from wireplan.rim.program.kube import Cluster, NoAnswerError
from wireplan.rim.program.settings import Settings

STDOUT, STDERR, STATUS = 1, 2, 3
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
FAILED = {
    "status": "Failure",
    "reason": "NonZeroExitCode",
    "details": {"causes": [{"reason": "ExitCode", "message": "2"}]},
}


class Api:
    """Answers one exec with what a test says, channel by channel."""

    def __init__(self) -> None:
        self.says: list[tuple[int, str]] = []
        self.status = "101 Switching Protocols"
        self.asked: dict[str, list[str]] = {}
        self.path = ""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except OSError:
            return
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            first, *lines = head.decode().split("\r\n")
            asked = urlsplit(first.split(" ")[1])
            self.path, self.asked = asked.path, parse_qs(asked.query)
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            key = base64.b64encode(hashlib.sha1((headers["sec-websocket-key"] + GUID).encode()).digest())
            connection.sendall(
                f"HTTP/1.1 {self.status}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n"
                f"Sec-WebSocket-Accept: {key.decode()}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n".encode()
            )
            for channel, text in self.says:
                connection.sendall(frame(0x2, bytes([channel]) + text.encode()))
            connection.sendall(frame(0x8, (1000).to_bytes(2)))
            with contextlib.suppress(ConnectionError):
                connection.recv(4096)


def frame(kind: int, payload: bytes) -> bytes:
    """A frame of a server: whole, not masked."""
    size = len(payload)
    length = bytes([size]) if size < 126 else bytes([126]) + size.to_bytes(2)
    return bytes([0x80 | kind]) + length + payload


@pytest.fixture
def api() -> Generator[Api]:
    """A server at a port of its own."""
    found = Api()
    yield found
    found.close()


@pytest.fixture
def cluster(api: Api, tmp_path: Path) -> Cluster:
    """A client of it."""
    file = tmp_path / "config"
    config: dict[str, Any] = {
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{api.port}"}}],
        "users": [{"name": "u", "user": {}}],
        "current-context": "c",
    }
    file.write_text(json.dumps(config))
    return Cluster(Settings("c", "shop", file))


def test_what_a_command_writes_is_its_answer(api: Api, cluster: Cluster) -> None:
    api.says = [
        (STDERR, "a warning"),
        (STDOUT, "[1, "),
        (STDOUT, "2]\n" * 80),
        (STATUS, '{"status": "Success"}'),
    ]
    command = ["python3", "-m", "shop_platform.sagas", "--retry", "buy", "a b"]
    assert cluster.execute("checkout-1", "checkout", command, 5.0) == "[1, " + "2]\n" * 80
    assert api.path == "/api/v1/namespaces/shop/pods/checkout-1/exec"
    assert (api.asked["command"], api.asked["container"]) == (command, ["checkout"])


def test_a_command_that_fails_says_why(api: Api, cluster: Cluster) -> None:
    api.says = [(STDERR, "no such table"), (STATUS, json.dumps(FAILED))]
    with pytest.raises(NoAnswerError, match="python3 in pod checkout-1: no such table"):
        cluster.execute("checkout-1", "checkout", ["python3"], 5.0)


def test_a_connection_that_breaks_before_the_end_is_no_answer(api: Api, cluster: Cluster) -> None:
    api.says = [(STDOUT, "[1")]
    with pytest.raises(NoAnswerError, match="nobody knows whether it ended"):
        cluster.execute("checkout-1", "checkout", ["python3"], 5.0)


def test_a_refusal_is_told(api: Api, cluster: Cluster) -> None:
    api.status = "403 Forbidden"
    with pytest.raises(NoAnswerError, match="403"):
        cluster.execute("checkout-1", "checkout", ["python3"], 5.0)
