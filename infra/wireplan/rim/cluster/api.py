"""A small client of the Kubernetes API on the standard library: it starts in milliseconds, and the agent lives on it."""

import http.client
import json
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from wireplan.rim.cluster.layout import Layout

Object = dict[str, Any]
TIMEOUT = 15.0
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"


@dataclass
class RefusedError(Exception):
    """The API answered, and the answer was no."""

    status: int
    message: str

    def __str__(self) -> str:
        return f"{self.status}: {self.message}"


class UnreachableError(Exception):
    """The API did not answer."""


class Api:
    """One server, one identity."""

    def __init__(self, server: str, certificates: Path, user: str) -> None:
        parts = urlsplit(server)
        self.host, self.port = parts.hostname or "", parts.port or 443
        self.context = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
        self.context.load_cert_chain(certificates / f"{user}.crt", certificates / f"{user}.key")

    def connect(self, timeout: float) -> http.client.HTTPSConnection:
        """A connection of its own."""
        return http.client.HTTPSConnection(self.host, self.port, context=self.context, timeout=timeout)

    def text(self, method: str, path: str, body: object = None, content: str = "application/json") -> str:
        """Ask, and return the body.

        Raises:
            RefusedError: the answer is an error.
            UnreachableError: there is no answer.
        """
        connection = self.connect(TIMEOUT)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(
                method, path, body=data, headers={"Content-Type": content, "Accept": "application/json"}
            )
            response = connection.getresponse()
            answer = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise UnreachableError(f"{method} {path}: {error}") from error
        finally:
            connection.close()
        if response.status >= http.client.BAD_REQUEST:
            raise RefusedError(response.status, message(answer))
        return answer

    def ask(self, method: str, path: str, body: object = None, content: str = "application/json") -> Object:
        """Ask for an object; see `text`."""
        return json.loads(self.text(method, path, body, content) or "{}")

    def get(self, path: str) -> Object:
        """One object, or a list."""
        return self.ask("GET", path)

    def find(self, path: str) -> Object | None:
        """One object, or None where there is none."""
        try:
            return self.get(path)
        except RefusedError as refusal:
            if refusal.status == http.client.NOT_FOUND:
                return None
            raise

    def items(self, path: str) -> list[Object]:
        """The items of a list."""
        return self.get(path).get("items") or []

    def merge(self, path: str, change: Object) -> Object:
        """Change some fields."""
        return self.ask("PATCH", path, change, MERGE)

    def apply(self, path: str, wanted: Object) -> Object:
        """Let an object be as `wanted`, whether it is there or not (server-side apply)."""
        query = urlencode({"fieldManager": "wireplan-cluster", "force": "true"})
        return self.ask("PATCH", f"{path}?{query}", wanted, APPLY)

    def watch(self, path: str, version: str, seconds: int) -> Iterator[tuple[str, Object]]:
        """What changes after `version`, for so many seconds: pairs of event type and object.

        Raises:
            RefusedError: the version is too old, or the path is not there.
            UnreachableError: the connection broke.
        """
        query = urlencode(
            {
                "watch": "true",
                "resourceVersion": version,
                "timeoutSeconds": seconds,
                "allowWatchBookmarks": "true",
            }
        )
        connection = self.connect(seconds + TIMEOUT)
        try:
            connection.request("GET", f"{path}?{query}", headers={"Accept": "application/json"})
            response = connection.getresponse()
            if response.status >= http.client.BAD_REQUEST:
                raise RefusedError(response.status, message(response.read().decode(errors="replace")))
            while line := response.readline():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise RefusedError(event["object"].get("code", 500), event["object"].get("message", ""))
                yield event["type"], event["object"]
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            raise UnreachableError(f"watch {path}: {error}") from error
        finally:
            connection.close()

    def ready(self) -> bool:
        """Whether the server says of itself that it is ready."""
        try:
            self.text("GET", "/readyz")
        except (RefusedError, UnreachableError):
            return False
        return True

    def await_ready(self, seconds: float) -> bool:
        """Wait until it is ready, so many seconds at most."""
        end = time.monotonic() + seconds
        while not self.ready():
            if time.monotonic() > end:
                return False
            time.sleep(0.2)
        return True


def listed(item: Object, *keys: str) -> list[Object]:
    """The list at the end of `keys`; empty where anything on the way is not there."""
    here: object = item
    for key in keys:
        here = cast("Object", here).get(key) if isinstance(here, dict) else None  # pyright: ignore[reportUnnecessaryCast]
    return cast("list[Object]", here) if isinstance(here, list) else []


def holds(item: Object, condition: str) -> bool:
    """Whether the object says that a condition of its is true."""
    return any(
        one["type"] == condition and one["status"] == "True" for one in listed(item, "status", "conditions")
    )


def annotation(item: Object, name: str) -> str:
    """An annotation of the object, or nothing."""
    found: dict[str, str] = item["metadata"].get("annotations") or {}
    return found.get(name, "")


def message(answer: str) -> str:
    """What an error's body says."""
    try:
        return json.loads(answer).get("message") or answer
    except (ValueError, AttributeError):
        return answer[:300]


def administrator(layout: Layout) -> Api:
    """The API of a cluster of ours, as its administrator."""
    return Api(layout.server, layout.certificates, "admin")
