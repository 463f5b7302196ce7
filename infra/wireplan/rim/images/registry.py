"""A read-only registry (OCI distribution, pull only) over the image layout.

Run as `python -m wireplan.rim.images.registry --root DIR --address A --port P`. Standard library only: it starts with
the cluster and must answer at once. What the layout does not hold is answered with 404, so that a container runtime that
asks here first goes on to the public registry.
"""

import argparse
import json
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import parse_qs, unquote, urlsplit

from wireplan.rim.images.layout import MANIFEST, Held, Layout
from wireplan.rim.images.names import DIGEST

ROUTE = re.compile(r"^/v2/(?P<path>.+)/(?P<kind>manifests|blobs|tags)/(?P<reference>[^/]+)$")
RANGE = re.compile(r"^bytes=(?P<first>\d+)-(?P<last>\d*)$")


class Shelf:
    """What the layout holds now; the index is read again only when it was replaced."""

    def __init__(self, root: Path) -> None:
        self.layout = Layout(root)
        self.lock = threading.Lock()
        self.seen: tuple[int, int, int] | None = None
        self.held: dict[str, Held] = {}

    def names(self) -> dict[str, Held]:
        """The named images."""
        index = self.layout.root / "index.json"
        try:
            now = index.stat()
        except FileNotFoundError:
            return {}
        mark = (now.st_ino, now.st_mtime_ns, now.st_size)
        with self.lock:
            if mark != self.seen:
                self.held, self.seen = self.layout.names(), mark
            return self.held

    def manifest(self, path: str, host: str, reference: str) -> str | None:
        """The digest of the manifest that `path` and `reference` (a tag or a digest) ask for, or None."""
        if DIGEST.match(reference):
            return (
                reference if self.layout.path(reference).is_file() and self.is_manifest(reference) else None
            )
        for repository in repositories(path, host):
            if held := self.names().get(f"{repository}:{reference}"):
                return held.digest
        return None

    def is_manifest(self, digest: str) -> bool:
        """Whether a name in the index stands for this blob, or did once: an image pinned by digest outlives its tag."""
        if any(held.digest == digest for held in self.names().values()):
            return True
        path = self.layout.path(digest)
        if path.stat().st_size > 1 << 20:
            return False
        try:
            return json.loads(path.read_bytes()).get("mediaType") == MANIFEST
        except (ValueError, AttributeError):
            return False

    def tags(self, path: str, host: str) -> list[str]:
        """The tags of a repository."""
        wanted = set(repositories(path, host))
        split = (name.rpartition(":") for name in self.names())
        return sorted(tag for repository, _, tag in split if repository in wanted)


def repositories(path: str, host: str) -> Iterator[str]:
    """The full names that a request may mean.

    containerd asks its mirrors for the path alone and names the registry as `ns`; a person who pulls straight from
    here writes the whole name as the path.
    """
    if host:
        yield f"{host}/{path}"
        return
    yield path
    yield f"docker.io/{path}"
    yield f"docker.io/library/{path}"


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD below /v2/."""

    protocol_version = "HTTP/1.1"
    server_version = "wireplan-registry"

    @property
    def registry(self) -> "Registry":
        """The server, by its own type."""
        return cast("Registry", self.server)

    def do_GET(self) -> None:
        """A manifest, a blob or a list of tags."""
        parts = urlsplit(self.path)
        if parts.path.rstrip("/") == "/v2":
            return self.document({})
        route = ROUTE.match(unquote(parts.path))
        if route is None:
            return self.refuse(HTTPStatus.NOT_FOUND, "UNSUPPORTED", "this registry serves /v2/ for reading")
        host = parse_qs(parts.query).get("ns", [""])[0]
        path, kind, reference = route["path"], route["kind"], route["reference"]
        if kind == "tags":
            return self.document({"name": path, "tags": self.registry.shelf.tags(path, host)})
        if kind == "manifests":
            return self.manifest(path, host, reference)
        return self.blob(reference, "application/octet-stream", "BLOB_UNKNOWN")

    do_HEAD = do_GET  # noqa: N815 - the base class spells it so

    def manifest(self, path: str, host: str, reference: str) -> None:
        """Send a manifest by tag or digest."""
        digest = self.registry.shelf.manifest(path, host, reference)
        self.blob(digest or "", MANIFEST, "MANIFEST_UNKNOWN")

    def blob(self, digest: str, media_type: str, unknown: str) -> None:
        """Send a blob, or the part of it that a Range header asks for."""
        path = self.registry.shelf.layout.path(digest)
        if not DIGEST.match(digest) or not path.is_file():
            return self.refuse(HTTPStatus.NOT_FOUND, unknown, "not held here")
        with path.open("rb") as file:
            size = path.stat().st_size
            start, end = 0, size
            if asked := RANGE.match(self.headers.get("Range", "")):
                start = int(asked["first"])
                end = min(int(asked["last"]) + 1 if asked["last"] else size, size)
                if start >= end:
                    return self.refuse(
                        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                        "RANGE_INVALID",
                        f"the blob has {size} bytes",
                    )
            self.head(media_type, digest, start, end, size)
            if self.command == "GET":
                self.stream(file, start, end - start)
        return None

    def head(self, media_type: str, digest: str, start: int, end: int, size: int) -> None:
        """Status and headers of a blob."""
        partial = end - start < size
        self.send_response(HTTPStatus.PARTIAL_CONTENT if partial else HTTPStatus.OK)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(end - start))
        self.send_header("Docker-Content-Digest", digest)
        self.send_header("ETag", f'"{digest}"')
        self.send_header("Accept-Ranges", "bytes")
        if partial:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.end_headers()

    def stream(self, file: BinaryIO, start: int, count: int) -> None:
        """Send `count` bytes from `start`, by the kernel; a peer that left is its own affair."""
        self.wfile.flush()
        try:
            self.connection.sendfile(file, start, count)
        except OSError:
            self.close_connection = True

    def document(self, document: object) -> None:
        """Send JSON."""
        self.answer(HTTPStatus.OK, document)

    def refuse(self, status: HTTPStatus, code: str, message: str) -> None:
        """Send an error in the words of the distribution spec."""
        self.answer(status, {"errors": [{"code": code, "message": message}]})

    def answer(self, status: HTTPStatus, document: object) -> None:
        """Send `document` as JSON under `status`."""
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """One line a request, only when asked for: every pull on every node asks here."""
        if self.registry.verbose:
            super().log_message(format, *args)


class Registry(ThreadingHTTPServer):
    """The server; one thread a connection."""

    daemon_threads = True
    request_queue_size = 128  # every node pulls several layers at once when the cluster starts

    def __init__(self, address: tuple[str, int], root: Path, *, verbose: bool = False) -> None:
        self.shelf = Shelf(root)
        self.verbose = verbose
        super().__init__(address, Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A peer that hangs up is its own affair: a node that stops does so, a client that has seen enough too."""
        if self.verbose or not isinstance(sys.exception(), OSError):
            super().handle_error(cast("socket.socket", request), client_address)

    def server_bind(self) -> None:
        """Bind without asking a name server for the address's name, which can take many seconds where there is none."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="wireplan.rim.images.registry", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the image layout")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--verbose", action="store_true", help="a line a request on stderr")
    given = parser.parse_args()
    with Registry((given.address, given.port), given.root, verbose=given.verbose) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
