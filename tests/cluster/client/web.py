"""HTTP as a browser speaks it: HTTP/2 first, HTTP/3 once the server has said so, one certificate authority, names of loopback."""

from dataclasses import dataclass
from typing import Any

import niquests

HOSTS = ("tube.localhost", "cdn.tube.localhost", "id.localhost")
VERSIONS = {10: "HTTP/1.0", 11: "HTTP/1.1", 20: "HTTP/2", 30: "HTTP/3"}
CALM = {409, 425, 429}
"""Answers of class 4xx that say 'later', not 'no'."""
PING_AFTER = 10.0
"""Seconds. Caddy forgets a QUIC connection that was silent for 30; the library pings after 60 and does not notice, so the next
request on it would have no answer."""


class NoAnswerError(Exception):
    """Nobody knows what became of the request: a timeout, a reset, a refused connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    version: str
    headers: dict[str, str]
    body: bytes

    @property
    def unsure(self) -> bool:
        """Whether the same request should be made again."""
        return self.status >= 500 or self.status in CALM


def session(authority: str, hosts: str = "127.0.0.1", **options: Any) -> niquests.Session:
    """A browser's worth of connections. The names lie on loopback, whatever the machine's resolver thinks of them."""
    known = "&".join(f"hosts={host}:{hosts}" for host in HOSTS)
    made = niquests.Session(
        resolver=f"in-memory://default?{known}", keepalive_idle_window=PING_AFTER, **options
    )
    made.verify = authority
    made.trust_env = False
    return made


def ask(using: niquests.Session, method: str, url: str, **parts: Any) -> Answer:
    """One request.

    Raises:
        NoAnswerError: there was no whole answer.
    """
    parts.setdefault("timeout", 10)
    try:
        found = using.request(method, url, allow_redirects=False, **parts)
        body = found.content or b""
    except (niquests.exceptions.RequestException, OSError) as error:
        raise NoAnswerError(f"{type(error).__name__}: {str(error)[:200]}") from error
    headers = {name.lower(): value for name, value in found.headers.items()}
    return Answer(found.status_code or 0, VERSIONS.get(found.http_version or 0, "?"), headers, body)
