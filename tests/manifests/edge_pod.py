"""The pod of an edge with a cache on loopback: a real Caddy, a real Varnish beside it, and a real origin behind, which another Caddy is."""

import dataclasses
import datetime
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from wireplan.manifests.providers.edge import caddyfile, routes, varnish, vcl
from wireplan.rim import engines, home
from wireplan.rim.engines import packages
from wireplan.rim.engines.kinds import Debian
from wireplan.rim.program.secrets import certificate
from wireplan.topology import names
from wireplan.topology.types import Edge

HOST = "cdn.tube.localhost"
DEBIAN = Debian(
    ("varnish", "libvarnishapi3", "libjemalloc2", "libedit2", "libbsd0", "libmd0", "libpcre2-8-0"),
    {"varnishd": "usr/sbin/varnishd", "lib": "usr/lib"},
)
"""Varnish of this machine's own Debian, unpacked and not installed. A compiler it takes from the machine."""
VERSION = "1"
PATIENCE = 20.0
T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Varnish:
    """Where the program is, and what it needs to run from there."""

    program: Path
    environment: dict[str, str]
    modules: Path


def installed() -> Varnish:
    """Varnish, unpacked once a machine.

    Raises:
        UnavailableError: this is no Debian. Without it nothing shows that what is rendered is read, so nothing is skipped.
    """
    assert shutil.which("gcc"), "Varnish compiles its configuration: apt-get install gcc libc6-dev"
    target = home.cache() / "tests" / f"varnish-{VERSION}"
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            packages.unpack_debian(DEBIAN, Path(folder))
            shutil.copytree(folder, target, symlinks=True)
    library = next((target / "lib").glob("*-linux-gnu"))
    environment = {**os.environ, "LD_LIBRARY_PATH": f"{library}:{library / 'varnish'}"}
    return Varnish(target / "varnishd", environment, library / "varnish" / "vmods")


def free_ports(number: int) -> list[int]:
    """Ports of loopback that nobody listens on, neither by TCP nor by UDP: HTTP/3 takes both."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < number:
            stream = held.enter_context(socket.socket())
            stream.bind(("127.0.0.1", 0))
            datagrams = held.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            with suppress(OSError):
                datagrams.bind(("", stream.getsockname()[1]))
                found.append(int(stream.getsockname()[1]))
    return found


def eventually(look: Callable[[], T | None], what: str) -> T:
    """What `look` gives once it gives something."""
    end = time.monotonic() + PATIENCE
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, what
        time.sleep(0.05)


@contextmanager
def running(
    command: list[str], log: Path, port: int, environment: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that listens on a port."""
    with log.open("ab") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=dict(environment))

    def listens() -> bool:
        assert child.poll() is None, log.read_text()[-3000:]
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", port)) == 0

    try:
        eventually(listens, f"nothing listens on {port}: {log}")
        yield child
    finally:
        child.terminate()
        child.wait()


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def cache(self) -> str:
        """What became of it in the cache (RFC 9211)."""
        return self.headers.get("cache-status", "")


def asked(
    connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str]
) -> Answer:
    """One request on a connection of its own."""
    try:
        connection.request(method, path, headers=dict(headers))
        found = connection.getresponse()
        return Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
    finally:
        connection.close()


ORIGIN = """{{
    admin off
    auto_https off
    servers {{
        protocols h1 h2c
    }}
}}
http://:{port} {{
    log {{
        output file {folder}/origin.log
        format json
    }}
    root {folder}/files
    @failing {{
        not path {alive}
        file {{
            root {folder}
            try_files /failing
        }}
    }}
    handle @failing {{
        header Cache-Control "public, max-age=60"
        respond "broken" 500
    }}
    @cookie path /cookie/*
    header @cookie Set-Cookie "who=me"
    @twice path /twice/*
    route @twice {{
        header Cache-Control "public, max-age=60"
        header +Cache-Control no-store
    }}
    @private path /private/*
    header @private >Cache-Control "private, max-age=60"
    @playlist path *.m3u8
    header @playlist Cache-Control "public, max-age=60"
    @segment {{
        path *.m4s
        not path /twice/*
    }}
    header @segment Cache-Control "public, max-age=31536000, immutable"
    file_server
}}
"""


class Origin:
    """Files, over HTTP/2 without TLS. A file in its folder makes it fail."""

    def __init__(self, folder: Path, port: int) -> None:
        """In `folder`, on `port`."""
        self.folder, self.port = folder, port
        self.log = folder / "origin.log"
        self._running: ExitStack = ExitStack()
        self._failing = folder / "failing"
        (folder / "files").mkdir(parents=True)
        (folder / "Originfile").write_text(ORIGIN.format(port=port, folder=folder, alive=routes.ALIVE))

    def start(self) -> "Origin":
        """Answer."""
        command = [str(engines.path("caddy")), "run", "--config", str(self.folder / "Originfile")]
        environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"]}
        command += ["--adapter", "caddyfile"]
        self._running.enter_context(running(command, self.folder / "origin.out", self.port, environment))
        return self

    def stop(self) -> None:
        """Be gone."""
        self._running.close()

    def has(self, path: str, content: bytes) -> str:
        """A file; its path."""
        file = self.folder / "files" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return path

    def loses(self, path: str) -> None:
        """A file is deleted."""
        (self.folder / "files" / path.lstrip("/")).unlink()

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Every answer is a 500, which says that it may be kept; but for the one that says it lives, or the cache would not ask for long."""
        self._failing.touch()
        yield
        self._failing.unlink()

    def asked(self, path: str) -> list[dict[str, Any]]:
        """The lines of its own log about a path."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in map(json.loads, lines) if line["request"]["uri"].partition("?")[0] == path]


@dataclasses.dataclass(frozen=True)
class Pod:
    """An edge's pod, and the origin behind it."""

    edge: Edge
    port: int
    folder: Path
    origin: Origin
    cache: "subprocess.Popen[bytes] | None"
    purges: int

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """A client's request, over TLS."""
        trust = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        trust.set_alpn_protocols(["http/1.1"])
        connection = http.client.HTTPSConnection(HOST, self.port, context=trust, timeout=PATIENCE)
        connection.sock = trust.wrap_socket(
            socket.create_connection(("127.0.0.1", self.port)), server_hostname=HOST
        )
        return asked(connection, method, path, {k.replace("_", "-"): v for k, v in headers.items()})

    def purge(self, path: str, method: str = "PURGE") -> Answer:
        """A request on the port for purges."""
        connection = http.client.HTTPConnection("127.0.0.1", self.purges, timeout=PATIENCE)
        return asked(connection, method, path, {})

    def log(self) -> list[dict[str, Any]]:
        """The access log of Caddy."""
        lines = (self.folder / "caddy.log").read_text().splitlines()
        return [line for line in map(json.loads, lines) if "request" in line and "status" in line]


@contextmanager
def serving(given: Edge, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Pod]:
    """The pod as its manifests have it, but for ports and folders of this machine."""
    program = installed()
    port, cache, origin, purge, ops, behind = free_ports(6)
    for name, number in (("CACHE", cache), ("ORIGIN", origin), ("PURGE", purge)):
        patch.setattr(names, f"EDGE_{name}_PORT", number)
    patch.setattr(caddyfile, "OPS", ops)
    patch.setattr(caddyfile, "TLS", str(folder))
    route = dataclasses.replace(given.routes[0], upstream=f"localhost:{behind}")
    edge = dataclasses.replace(given, container_port=port, port=port, routes=(route,))
    files = certificate((HOST,), datetime.datetime.now(datetime.UTC))
    for name, part in (("tls.crt", "chain"), ("tls.key", "key"), ("ca.crt", "authority")):
        (folder / name).write_text(files[part])
    # A name with a dot at its end is no name of the hosts file everywhere.
    (folder / "Caddyfile").write_text(caddyfile.text(edge).replace("name localhost.", "name localhost"))
    store = Origin(folder / "origin", behind).start()
    with ExitStack() as pod:
        pod.callback(store.stop)
        beside = (
            pod.enter_context(varnishing(program, edge, folder, purge, patch)) if routes.kept(edge) else None
        )
        caddy = [str(engines.path("caddy")), "run", "--config", str(folder / "Caddyfile")]
        home_ = {"HOME": str(folder), "PATH": os.environ["PATH"]}
        pod.enter_context(running([*caddy, "--adapter", "caddyfile"], folder / "caddy.log", port, home_))
        found = Pod(edge, port, folder, store, beside, purge)
        begin = store.has("/begin.txt", b"")
        eventually(lambda: found.ask(begin).status == 200, "the cache has not seen its origin alive")
        yield found


@contextmanager
def varnishing(
    program: Varnish, edge: Edge, folder: Path, purge: int, patch: pytest.MonkeyPatch
) -> Iterator["subprocess.Popen[bytes]"]:
    """The cache alone."""
    (folder / "edge.vcl").write_text(vcl.text(edge))
    (folder / "run").mkdir()
    asked = ("-x", "parameter")  # an older Debian's has not all of them
    known = subprocess.run(
        [program.program, *asked], capture_output=True, env=program.environment, check=True
    )
    patch.setattr(
        varnish,
        "PARAMETERS",
        {k: v for k, v in varnish.PARAMETERS.items() if f"\n{k}\n".encode() in known.stdout},
    )
    words = varnish.command(
        edge, vcl_file=str(folder / "edge.vcl"), run=str(folder / "run"), store=str(folder)
    )
    command = [str(program.program), *words[1:], "-p", f"vmod_path={program.modules}"]
    with running(command, folder / "varnish.log", purge, program.environment) as child:
        yield child


def read(edge: Edge, folder: Path) -> None:
    """Let both programs read what is rendered for them.

    Raises:
        CalledProcessError: one refused it.
    """
    program = installed()
    (folder / "edge.vcl").write_text(vcl.text(edge))
    (folder / "Caddyfile").write_text(caddyfile.text(edge))
    compiled = [program.program, "-C", "-n", folder / "run", "-p", f"vmod_path={program.modules}"]
    subprocess.run(
        [*compiled, "-f", folder / "edge.vcl"], env=program.environment, capture_output=True, check=True
    )
    adapted = [engines.path("caddy"), "adapt", "--config", folder / "Caddyfile", "--adapter", "caddyfile"]
    subprocess.run(adapted, env={"HOME": str(folder)}, capture_output=True, check=True)
