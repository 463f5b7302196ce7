"""Push images of the layout to a registry, by the OCI distribution protocol.

What the registry holds already is not sent: it is asked for each blob, and a blob that went into one repository is mounted
into the next instead of being sent again. So a push that broke off goes on where it was.
"""

import hashlib
import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlencode, urljoin, urlsplit

from wireplan.rim.images import compression, credentials
from wireplan.rim.images.layout import MANIFEST, Held, Layout, parts
from wireplan.rim.images.names import parse
from wireplan.rim.trouble import Trouble

SECONDS = 120
LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?")
DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
Headers = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a registry answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass
class Remote:
    """A registry: `host[:port]` and a path under which all repositories go."""

    host: str
    prefix: str = ""
    insecure: bool = False
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    holds: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def base(self) -> str:
        """The address. Plain HTTP on this machine only, unless asked for: a login would travel in the open."""
        plain = self.insecure or LOOPBACK.fullmatch(self.host)
        return f"{'http' if plain else 'https'}://{self.host}"

    def repository(self, held: Held) -> str:
        """Where an image of ours goes: its path without its own registry's name."""
        return "/".join(part for part in (self.prefix, parse(held.name).path) if part)

    def push(self, layout: Layout, held: Held) -> str:
        """Push one image; its `name:tag@digest` there."""
        repository = self.repository(held)
        body = compression.manifest(layout, held.digest)
        for digest in parts(json.loads(body)):
            self.blob(repository, digest, layout.path(digest))
        tag = parse(held.name).tag
        answer = self.ask(
            "PUT", f"/v2/{repository}/manifests/{tag}", repository, body, {"Content-Type": MANIFEST}
        )
        expect(answer, HTTPStatus.CREATED, f"the manifest of {repository}:{tag}")
        return f"{self.host}/{repository}:{tag}@sha256:{hashlib.sha256(body).hexdigest()}"

    def blob(self, repository: str, digest: str, path: Path) -> None:
        """Have a blob in `repository`."""
        if self.holds.get(digest) == repository:
            return
        if self.ask("HEAD", f"/v2/{repository}/blobs/{digest}", repository).status != HTTPStatus.OK:
            mount = {"mount": digest, "from": self.holds[digest]} if digest in self.holds else {}
            query = "?" + urlencode(mount) if mount else ""
            start = self.ask("POST", f"/v2/{repository}/blobs/uploads/{query}", repository)
            if start.status != HTTPStatus.CREATED:
                expect(start, HTTPStatus.ACCEPTED, f"an upload to {repository}")
                self.upload(repository, digest, path, str(start.headers["Location"]))
        self.holds[digest] = repository

    def upload(self, repository: str, digest: str, path: Path, location: str) -> None:
        """Send a blob in one request."""
        joint = "&" if "?" in location else "?"
        target = f"{location}{joint}digest={quote(digest, safe='')}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(path.stat().st_size)}
        with path.open("rb") as content:
            expect(
                self.ask("PUT", target, repository, content, headers),
                HTTPStatus.CREATED,
                f"a blob of {repository}",
            )

    def ask(
        self,
        method: str,
        target: str,
        repository: str,
        body: bytes | BinaryIO | None = None,
        headers: Headers | None = None,
    ) -> Answer:
        """One request; a login is looked for when the registry asks for one, and kept for the repository."""
        url = urljoin(self.base, target)
        answer = send(method, url, body, {**(headers or {}), **self.authorization(url, repository)})
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        # None was sent yet, or the token's few minutes are over.
        self.tokens[repository] = self.login(answer.headers.get("WWW-Authenticate", ""), repository)
        if body is not None and not isinstance(body, bytes):
            body.seek(0)
        return send(method, url, body, {**(headers or {}), **self.authorization(url, repository)})

    def authorization(self, url: str, repository: str) -> dict[str, str]:
        """The header for a request; a registry may send uploads to another host, which must not see our login."""
        known = self.tokens.get(repository)
        return {"Authorization": known} if known and urlsplit(url).netloc == self.host else {}

    def login(self, challenge: str, repository: str) -> str:
        """An `Authorization` header that answers the registry's challenge.

        Raises:
            Trouble: there is no login for it, or it was refused.
        """
        ours = credentials.basic(self.host)
        words = dict(CHALLENGE.findall(challenge))
        realm = words.get("realm", "")
        if challenge.lower().startswith("bearer") and realm.startswith(("https://", self.base)):
            query = {"service": words.get("service", ""), "scope": f"repository:{repository}:pull,push"}
            answer = send("GET", f"{realm}?{urlencode(query)}", None, {"Authorization": ours} if ours else {})
            if answer.status == HTTPStatus.OK:
                token = json.loads(answer.body)
                return f"Bearer {token.get('token') or token.get('access_token')}"
        elif ours:
            return ours
        raise Trouble(
            f"{self.host} wants a login to push {repository}",
            fix=f"run `docker login {self.host}`, or set {credentials.USER} and {credentials.PASSWORD}",
        )


def remote(where: str, *, insecure: bool = False) -> Remote:
    """The registry that a person wrote as `host[:port][/path]`.

    Raises:
        Trouble: it is one that takes no names like ours.
    """
    host, _, prefix = where.removeprefix("https://").strip("/").partition("/")
    if host in DOCKER_HUB:
        raise Trouble(
            "Docker Hub cannot hold the services' images",
            why="a name there is a user and one word, and ours have one more: the system and the service",
            fix="push to another registry",
        )
    return Remote(host, prefix, insecure)


def send(method: str, url: str, body: bytes | BinaryIO | None, headers: Headers) -> Answer:
    """One HTTP request.

    Raises:
        Trouble: nobody answers there.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=SECONDS)
    try:
        connection.request(
            method, parts.path + (f"?{parts.query}" if parts.query else ""), body, dict(headers)
        )
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    except (OSError, http.client.HTTPException) as error:
        raise Trouble(f"the registry at {parts.netloc} does not answer", why=str(error)) from error
    finally:
        connection.close()


def expect(answer: Answer, status: HTTPStatus, what: str) -> None:
    """Refuse another answer than `status`.

    Raises:
        Trouble: with what the registry said.
    """
    if answer.status != status:
        raise Trouble(
            f"the registry did not take {what}: status {answer.status}",
            why=answer.body.decode(errors="replace")[:500],
            fix="check that the login may push there",
        )
