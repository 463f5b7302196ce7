"""The outside of tube: a browser, and a user who has one."""

import base64
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.cluster.tube.pipe import Pipe
from tests.cluster.tube.wait import eventually

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

    def without(self, callee: str) -> "Answer":
        """Itself, if it is good and says what is missing in it: the verdict of the degradation drills, which their control shows to be refused."""
        said = self.expect(200).headers.get("x-degraded")
        assert said == f"{callee};answer=empty", said
        return self


@dataclass(frozen=True)
class Places:
    """Where tube is: the addresses of its two edges, as the gateway tells them to clients."""

    base: str
    cdn: str


@dataclass(frozen=True)
class Browser:
    """One browser: its own connections, and its own memory of who speaks HTTP/3."""

    pipe: Pipe
    places: Places
    name: str = field(default_factory=lambda: str(uuid.uuid4()))
    options: dict[str, Any] = field(default_factory=dict)

    def new(self, **options: Any) -> "Browser":
        """Another one."""
        return Browser(self.pipe, self.places, options=options)

    def ask(self, method: str, url: str, **parts: Any) -> Answer:
        """One request."""
        return _answer(self.pipe.ask(**self.question(method, url, **parts)))

    def together(self, *questions: dict[str, Any]) -> list[Answer]:
        """Several requests at the same moment, each as `question` makes it."""
        return [_answer(found) for found in self.pipe.ask(together=questions)]

    def question(self, method: str, url: str, **parts: Any) -> dict[str, Any]:
        """A request, not yet made."""
        if "data" in parts:
            parts["data"] = base64.b64encode(parts["data"]).decode()
        whole = url if "://" in url else self.places.base + url
        return {"session": self.name, "options": self.options, "method": method, "url": whole, **parts}

    def get(self, url: str, **parts: Any) -> Answer:
        """A GET."""
        return self.ask("GET", url, **parts)

    def plays(self, video: str) -> bool:
        """Whether the CDN has a playlist, and all that it names."""
        playlist = self.settled(self.playlist(video))
        if playlist.status != 200:
            return False
        names = parts_of(playlist.body.decode())
        answers = [self.settled(f"{self.places.cdn}/{video}/{name}") for name in names]
        return bool(names) and all(answer.status == 200 and answer.body for answer in answers)

    def settled(self, url: str) -> Answer:
        """An answer about what was asked for: none at all, or a 5xx, is one about how the system feels, so players ask again."""

        def look() -> Answer:
            found = self.get(url)
            assert found.status < 500, found
            return found

        return eventually(look, f"{url} is answered")

    def playlist(self, video: str) -> str:
        """Where the CDN has a film's playlist."""
        return f"{self.places.cdn}/{video}/index.m3u8"


def _answer(found: dict[str, Any]) -> Answer:
    if "error" in found:
        raise NoAnswerError(found["error"])
    return Answer(**{**found, "body": base64.b64decode(found["body"])})


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
    since: float = 0.0
    """When the tokens were given."""

    @property
    def id(self) -> str:
        """The account."""
        return self.tokens["account_id"]

    def register(self) -> "User":
        """Open the account, and log in. As clients do, it asks again when a busy system gives no answer in time."""
        key = {"idempotency-key": str(uuid.uuid4())}
        eventually(
            lambda: self.browser.ask("POST", "/v1/accounts", json=self.credentials, headers=key).expect(201),
            "the account is open",
        )
        login = eventually(
            lambda: self.browser.ask("POST", "/v1/login", json=self.credentials).expect(200),
            "somebody is logged in",
        )
        self.tokens, self.since = login.json, time.monotonic()
        return self

    def access_token(self) -> str:
        """A token that lasts for a while yet; a run of all tests takes longer than one of them lives."""
        if self.since and time.monotonic() > self.since + self.tokens["expires_in"] / 2:
            body = {"refresh_token": self.tokens["refresh_token"]}
            renewed = eventually(
                lambda: self.browser.ask("POST", "/v1/token", json=body).expect(200), "the tokens are renewed"
            )
            self.tokens, self.since = renewed.json, time.monotonic()
        return str(self.tokens["access_token"])

    @property
    def credentials(self) -> dict[str, str]:
        """Address and password."""
        return {"email": self.email, "password": PASSWORD}

    def ask(self, method: str, url: str, **parts: Any) -> Answer:
        """A request with the access token."""
        return self.browser.together(self.question(method, url, **parts))[0]

    def question(self, method: str, url: str, **parts: Any) -> dict[str, Any]:
        """A request with the access token, not yet made."""
        headers = {"authorization": f"Bearer {self.access_token()}", **parts.pop("headers", {})}
        return self.browser.question(method, url, headers=headers, **parts)

    def create(self, title: str = "a film", key: str = "") -> Answer:
        """Announce a film."""
        return self.browser.together(self.creation(title, key))[0]

    def creation(self, title: str = "a film", key: str = "") -> dict[str, Any]:
        """The request that announces a film, not yet made."""
        headers = {"idempotency-key": key or str(uuid.uuid4())}
        return self.question(
            "POST", "/v1/videos", json={"title": title, "content_type": "video/mp4"}, headers=headers
        )

    def put(self, title: str = "a film", data: bytes = b"") -> str:
        """Announce a film and put it into the store; its id. As clients do, it asks again when a busy system gives no answer in time."""
        key, headers = str(uuid.uuid4()), {"content-type": "video/mp4"}
        made = eventually(lambda: self.create(title, key).expect(201), "the film is announced").json
        film = {"data": data or self.film, "headers": headers}
        eventually(
            lambda: self.browser.ask("PUT", made["upload_url"], **film).expect(200),
            "the film is in the store",
        )
        return made["video_id"]

    def complete(self, video: str) -> Answer:
        """Say that it is there."""
        return self.ask("POST", f"/v1/videos/{video}/complete")

    def upload(self, title: str = "a film", data: bytes = b"") -> str:
        """The whole way of a film in; its id."""
        video = self.put(title, data)
        eventually(lambda: self.complete(video).expect(200), "the film is complete")
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
