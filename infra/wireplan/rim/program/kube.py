"""Questions to a cluster's API by any kubeconfig: who an object belongs to, what pods say of themselves.

`kubernetes` takes a second to import, so this module is imported where a question is asked.
"""

# pyright: reportMissingTypeStubs=false

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from wireplan.manifests.labels import PREFIX
from wireplan.rim.program.bodies import at
from wireplan.rim.program.settings import Settings
from wireplan.rim.trouble import Trouble

Body = dict[str, Any]
PLURALS = {"NetworkPolicy": "networkpolicies"}
CLUSTER_WIDE = frozenset({"Namespace", "Node", "CustomResourceDefinition"})
TIMEOUT = 10.0


class NoAnswerError(Exception):
    """The API did not answer, or said something that is neither yes nor "not found"."""


@contextmanager
def answering(context: str) -> Generator[None]:
    """Ask the cluster of `context`; that it does not answer is no fault of ours, and is told in these words.

    Raises:
        Trouble: it did not answer.
    """
    try:
        yield
    except NoAnswerError as error:
        raise Trouble(
            f"the cluster {context} does not answer, or not as it should",
            why=str(error),
            fix="see that it runs and that you may do this there, then run the same command again",
        ) from error


class Cluster:
    """One cluster, through one context of a kubeconfig."""

    def __init__(self, settings: Settings) -> None:
        from kubernetes import client, config
        from kubernetes.config.config_exception import ConfigException

        where = str(settings.kubeconfig) if settings.kubeconfig else None
        maker: Any = config  # has no types
        try:
            self.api: Any = maker.new_client_from_config(config_file=where, context=settings.context)
        except (ConfigException, OSError) as error:
            raise Trouble(f"the kube context {settings.context} cannot be used", why=str(error)) from error
        self.refusal: Any = client.ApiException
        self.namespace = settings.namespace

    def text(self, path: str, **query: object) -> str | None:
        """The answer to a GET; None where there is no such thing.

        Raises:
            NoAnswerError: no answer, or one that is neither yes nor "not found".
        """
        from urllib3.exceptions import HTTPError

        try:
            answer = self.api.call_api(
                path, "GET", query_params=list(query.items()), header_params={"Accept": "application/json, */*"},
                auth_settings=["BearerToken"], _preload_content=False, _request_timeout=TIMEOUT,
            )  # fmt: skip
            return cast("bytes", answer[0].data).decode(errors="replace")
        except self.refusal as refusal:
            if refusal.status == 404:
                return None
            raise NoAnswerError(f"{refusal.status} {refusal.reason}") from refusal
        except (HTTPError, OSError) as error:
            raise NoAnswerError(str(error)) from error

    def get(self, path: str, **query: object) -> Body | None:
        """An object or a list."""
        text = self.text(path, **query)
        return None if text is None else json.loads(text)

    def find(self, version: str, kind: str, name: str) -> Body | None:
        """One object of the namespace."""
        return self.get(address(version, kind, self.namespace, name))

    def items(self, version: str, kind: str, selector: str = "") -> list[Body]:
        """All objects of a kind in the namespace, or those that a label selector meets."""
        query = {"labelSelector": selector} if selector else {}
        found = self.get(address(version, kind, self.namespace), **query)
        return (found or {}).get("items") or []

    def pods(self, name: str) -> list[Body]:
        """The pods of a workload of ours."""
        return self.items("v1", "Pod", f"{PREFIX}name={name}")

    def log(self, pod: str, container: str, *, previous: bool = False, lines: int = 12) -> str:
        """The last lines of a container's log; empty where there is none."""
        path = f"{address('v1', 'Pod', self.namespace, pod)}/log"
        try:
            return self.text(path, container=container, tailLines=lines, previous=str(previous).lower()) or ""
        except NoAnswerError:
            return ""

    def run(self, pod: Body, seconds: float) -> str:
        """Run a pod to its end, take what it wrote, and delete it.

        Raises:
            NoAnswerError: it could not be run, failed, or did not end in time.
        """
        name = str(pod["metadata"]["name"])
        place = address("v1", "Pod", self.namespace, name)
        self.send("POST", address("v1", "Pod", self.namespace), pod, "application/json")
        try:
            phase = self.phase(place, seconds)
            said = self.log(name, str(pod["spec"]["containers"][0]["name"]), lines=1000)
        finally:
            self.send("DELETE", f"{place}?gracePeriodSeconds=0")
        if phase != "Succeeded":
            raise NoAnswerError(f"pod {name} ended as {phase or 'nothing'}: {said.strip()[-500:]}")
        return said

    def execute(self, pod: str, container: str, command: list[str], seconds: float) -> str:
        """What a command writes that is run in a pod's container.

        Raises:
            NoAnswerError: it could not be run, failed, or did not end in time.
        """
        from kubernetes import client, stream
        from urllib3.exceptions import HTTPError

        streams: Any = stream  # has no types
        makers: Any = client
        try:
            said: Any = streams.stream(
                makers.CoreV1Api(self.api).connect_get_namespaced_pod_exec, pod, self.namespace, container=container, command=command, stdin=False, stdout=True,
                stderr=True, tty=False, _preload_content=False,
            )  # fmt: skip
            said.run_forever(timeout=seconds)
            text, error = said.read_stdout(), said.read_stderr()
            code = ended(said)
            said.close()
        except self.refusal as refusal:
            raise NoAnswerError(f"{refusal.status} {refusal.reason}") from refusal
        except (HTTPError, OSError) as failure:
            raise NoAnswerError(str(failure)) from failure
        if code != 0:
            why = (error or text).strip()[-500:]
            why = why if code is not None else f"nobody knows whether it ended. {why}".rstrip()
            raise NoAnswerError(f"{' '.join(command)} in pod {pod}: {why}")
        return str(text)

    def phase(self, place: str, seconds: float) -> str:
        """The last phase of a pod; the last one seen when the time is over."""
        end = time.monotonic() + seconds
        while True:
            phase = str(at(self.get(place), "status", "phase") or "")
            if phase in ("Succeeded", "Failed") or time.monotonic() > end:
                return phase
            time.sleep(0.3)

    def send(
        self, method: str, path: str, body: Body | None = None, content: str = "application/merge-patch+json"
    ) -> bool:
        """A change; False where there is no such thing.

        Raises:
            NoAnswerError: it was refused, or there is no answer.
        """
        from urllib3.exceptions import HTTPError

        try:
            self.api.call_api(
                path, method, body=body, header_params={"Content-Type": content, "Accept": "application/json"},
                auth_settings=["BearerToken"], _preload_content=False, _request_timeout=TIMEOUT,
            )  # fmt: skip
        except self.refusal as refusal:
            if refusal.status == 404:
                return False
            raise NoAnswerError(f"{method} {path}: {refusal.status} {refusal.reason}") from refusal
        except (HTTPError, OSError) as error:
            raise NoAnswerError(f"{method} {path}: {error}") from error
        return True


def ended(said: Any) -> int | None:
    """The exit code of a command; None where it goes on, or the connection broke before it was told: the client library minds that."""
    try:
        return cast("int | None", said.returncode)
    except (KeyError, TypeError, ValueError):
        return None


def address(version: str, kind: str, namespace: str, name: str = "") -> str:
    """The path of an object or of a kind's list."""
    root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
    where = "" if kind in CLUSTER_WIDE else f"/namespaces/{namespace}"
    return f"{root}{where}/{plural(kind)}" + (f"/{name}" if name else "")


def plural(kind: str) -> str:
    """A kind in the spelling of a path."""
    return PLURALS.get(kind, f"{kind.lower()}s")


def contexts(kubeconfig: Path | None) -> tuple[list[str], str]:
    """The contexts of a kubeconfig, and the current one.

    Raises:
        Trouble: there is none, or it cannot be read.
    """
    from kubernetes import config
    from kubernetes.config.config_exception import ConfigException

    try:
        listing: Any = config
        found, current = listing.list_kube_config_contexts(str(kubeconfig) if kubeconfig else None)
    except (ConfigException, OSError) as error:
        raise Trouble("there is no usable kubeconfig", why=str(error), fix="set KUBECONFIG") from error
    return [str(one["name"]) for one in found], str(current["name"]) if current else ""
