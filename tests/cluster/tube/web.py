"""The outside of tube: a browser, and a user who has one."""

import base64
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.cluster.tube.pipe import Pipe
from tests.cluster.tube.wait import eventually

BASE = "https://tube.localhost:8443"
CDN = "https://cdn.tube.localhost:8443"
PASSWORD = "correct horse battery staple"


class NoAnswerError(Exception):
    """There was no whole answer."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    version: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def expect(self, status: int) -> "Answer":
        """Itself, if it has this status."""
        assert self.status == status, (
            f"{self.status}, not {status}: {self.body[:500].decode(errors='replace')}"
        )
        return self


@dataclass(frozen=True)
class Browser:
    """One browser: its own connections, and its own memory of who speaks HTTP/3."""

    pipe: Pipe
    name: str = field(default_factory=lambda: str(uuid.uuid4()))
    options: dict[str, Any] = field(default_factory=dict)

    def new(self, **options: Any) -> "Browser":
        """Another one."""
        return Browser(self.pipe, options=options)

    def ask(self, method: str, url: str, **parts: Any) -> Answer:
        """One request."""
        if "data" in parts:
            parts["data"] = base64.b64encode(parts["data"]).decode()
        whole = url if "://" in url else BASE + url
        found = self.pipe.ask(session=self.name, options=self.options, method=method, url=whole, **parts)
        if "error" in found:
            raise NoAnswerError(f"{method} {url}: {found['error']}")
        return Answer(**{**found, "body": base64.b64decode(found["body"])})

    def get(self, url: str, **parts: Any) -> Answer:
        """A GET."""
        return self.ask("GET", url, **parts)

    def plays(self, video: str) -> bool:
        """Whether the CDN has a playlist, and all that it names."""
        playlist = self.get(f"{CDN}/{video}/index.m3u8")
        if playlist.status != 200:
            return False
        names = parts_of(playlist.body.decode())
        answers = [self.get(f"{CDN}/{video}/{name}") for name in names]
        return bool(names) and all(answer.status == 200 and answer.body for answer in answers)


def parts_of(playlist: str) -> list[str]:
    """The files that a playlist names: the initialization section, and the segments."""
    lines = playlist.splitlines()
    first = [line.split('URI="')[1].split('"')[0] for line in lines if line.startswith("#EXT-X-MAP")]
    return first + [line for line in lines if line and not line.startswith("#")]


@dataclass
class User:
    """Somebody with an account and a browser."""

    browser: Browser
    film: bytes
    email: str = field(default_factory=lambda: f"{uuid.uuid4()}@example.com")
    tokens: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The account."""
        return self.tokens["account_id"]

    def register(self) -> "User":
        """Open the account, and log in."""
        self.browser.ask("POST", "/v1/accounts", json=self.credentials).expect(201)
        self.tokens = self.browser.ask("POST", "/v1/login", json=self.credentials).expect(200).json
        return self

    @property
    def credentials(self) -> dict[str, str]:
        """Address and password."""
        return {"email": self.email, "password": PASSWORD}

    def ask(self, method: str, url: str, **parts: Any) -> Answer:
        """A request with the access token."""
        headers = {"authorization": f"Bearer {self.tokens['access_token']}", **parts.pop("headers", {})}
        return self.browser.ask(method, url, headers=headers, **parts)

    def create(self, title: str = "a film", key: str = "") -> Answer:
        """Announce a film."""
        headers = {"idempotency-key": key or str(uuid.uuid4())}
        return self.ask(
            "POST", "/v1/videos", json={"title": title, "content_type": "video/mp4"}, headers=headers
        )

    def put(self, title: str = "a film", data: bytes = b"") -> str:
        """Announce a film and put it into the store; its id."""
        made = self.create(title).expect(201).json
        found = self.browser.ask(
            "PUT", made["upload_url"], data=data or self.film, headers={"content-type": "video/mp4"}
        )
        found.expect(200)
        return made["video_id"]

    def complete(self, video: str) -> Answer:
        """Say that it is there."""
        return self.ask("POST", f"/v1/videos/{video}/complete")

    def upload(self, title: str = "a film", data: bytes = b"") -> str:
        """The whole way of a film in; its id."""
        video = self.put(title, data)
        self.complete(video).expect(200)
        return video

    def state(self, video: str) -> str:
        """How far a film has come."""
        return self.ask("GET", f"/v1/videos/{video}").expect(200).json["state"]

    def until(self, video: str, state: str, within: float = 60) -> dict[str, Any]:
        """Wait until a film has come so far; what is known of it."""

        def look() -> Any:
            found = self.ask("GET", f"/v1/videos/{video}").expect(200).json
            assert found["state"] == state, found
            return found

        return eventually(look, f"film {video} is {state}", within)
