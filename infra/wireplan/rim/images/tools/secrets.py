"""Secrets of the pod's own namespace, read and changed by name over the API server: the only two things that its Role allows."""

import base64
import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from wireplan.rim.images.tools.waiting import NotYetError

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SECONDS = 10.0
MERGE = "application/merge-patch+json"


class ChangedError(Exception):
    """Somebody else changed the Secret since it was read."""


@dataclass(frozen=True)
class Held:
    """A Secret as it was read: its version, and its values."""

    version: str
    data: Mapping[str, str]


class Store(Protocol):
    """Where Secrets are kept."""

    def read(self, name: str) -> Held:
        """A Secret.

        Raises:
            NotYetError: it is not there, or the API server does not answer.
        """
        ...

    def write(self, name: str, held: Held, data: Mapping[str, str]) -> None:
        """Put other values in place of those that were held; all else in it stays.

        Raises:
            ChangedError: it has changed meanwhile.
            NotYetError: as `read`.
        """
        ...


@dataclass(frozen=True)
class Cluster:
    """The API server. The token is read for each request: the kubelet renews it."""

    url: str
    namespace: str
    account: Path = ACCOUNT

    @staticmethod
    def here(namespace: str) -> "Cluster":
        """The one that the pod runs in."""
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        return Cluster(f"https://{f'[{host}]' if ':' in host else host}:{port}", namespace)

    def read(self, name: str) -> Held:
        """A Secret."""
        found = self._ask("GET", name)
        try:
            version = str(found["metadata"]["resourceVersion"])
            values: Mapping[str, str] = found.get("data") or {}
            # What is no text is no certificate either, and is for whoever reads it to judge.
            data = {key: base64.b64decode(value).decode(errors="replace") for key, value in values.items()}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise NotYetError(f"Secret {name}: the API server answers something else: {error!r}") from error
        return Held(version, data)

    def write(self, name: str, held: Held, data: Mapping[str, str]) -> None:
        """The values, if nobody changed them since."""
        values: dict[str, str | None] = {key: None for key in held.data if key not in data}
        values |= {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        self._ask("PATCH", name, {"metadata": {"resourceVersion": held.version}, "data": values})

    def _ask(self, method: str, name: str, body: Mapping[str, Any] | None = None) -> Any:
        request = Request(  # noqa: S310 - the address is the cluster's own
            f"{self.url}/api/v1/namespaces/{self.namespace}/secrets/{name}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Accept": "application/json", "Content-Type": MERGE},
        )
        try:
            request.add_header("Authorization", f"Bearer {(self.account / 'token').read_text().strip()}")
            with urlopen(request, timeout=SECONDS, context=self._trust()) as answer:  # noqa: S310 - as above
                return json.load(answer)
        except HTTPError as error:
            if error.code == HTTPStatus.CONFLICT:
                raise ChangedError(name) from error
            raise NotYetError(f"Secret {name}: the API server answers {error.code}") from error
        except ValueError as error:
            raise NotYetError(f"Secret {name}: the API server answers no JSON") from error
        except (URLError, TimeoutError, OSError, HTTPException) as error:
            raise NotYetError(f"Secret {name}: the API server does not answer: {error}") from error

    def _trust(self) -> ssl.SSLContext | None:
        if not self.url.startswith("https"):
            return None
        context = ssl.create_default_context(cafile=str(self.account / "ca.crt"))
        context.verify_flags &= (
            ~ssl.VERIFY_X509_STRICT
        )  # authorities of clusters often name no key identifiers
        return context
