"""The cluster as the tests see it: its API, kubectl for what only that knows, and the few questions that several tests ask."""

import json
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from wireplan.rim.engines import path
from wireplan.rim.program.kube import Cluster, NoAnswerError
from wireplan.rim.program.settings import Settings

from tests.cluster.tube.wait import eventually

MANAGER = "tube-tests"
MERGE, STEPS = "application/merge-patch+json", "application/json-patch+json"
Object = dict[str, Any]


class RefusedError(Exception):
    """The API, or kubectl, said no."""


PLACES = {
    "v1": "pods configmaps secrets services persistentvolumeclaims",
    "apps/v1": "deployments statefulsets",
    "autoscaling/v2": "horizontalpodautoscalers",
    "discovery.k8s.io/v1": "endpointslices",
    "postgresql.cnpg.io/v1": "clusters.postgresql.cnpg.io",
}
"""What is asked for again and again is asked in this process: a kubectl for each look takes a quarter of a second of CPU."""


def address(kind: str, namespace: str) -> str | None:
    """The path of a kind's list; None where only kubectl knows it."""
    for version, kinds in PLACES.items():
        for plural in kinds.split():
            short, _, group = plural.partition(".")
            if kind in {plural, f"{short.removesuffix('s')}{'.' if group else ''}{group}"}:
                return f"/{'apis' if '/' in version else 'api'}/{version}/namespaces/{namespace}/{short}"
    return None


@cache
def cluster(config: Path, made: float, namespace: str) -> Cluster:
    """A client of the API, kept as long as the kubeconfig is the one that was `made` then."""
    del made
    current: Any = None
    return Cluster(Settings(current, namespace, config))


@dataclass(frozen=True)
class Kube:
    """One namespace of one cluster."""

    config: Path
    namespace: str

    def words(self, *words: str) -> list[str]:
        """The command line."""
        return [str(path("kubectl")), f"--kubeconfig={self.config}", f"--namespace={self.namespace}", *words]

    def run(self, *words: str, stdin: str | None = None, timeout: float = 60) -> str:
        """What kubectl prints.

        Raises:
            RefusedError: it failed.
        """
        done = subprocess.run(
            self.words(*words), input=stdin, capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode:
            raise RefusedError(f"kubectl {' '.join(words)[:200]}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def get(self, kind: str, name: str = "", selector: str = "") -> Any:
        """An object, or a list of objects."""
        if (known := address(kind, self.namespace)) is None:
            words = [
                "get",
                kind,
                *([name] if name else []),
                *([f"--selector={selector}"] if selector else []),
            ]
            found = json.loads(self.run(*words, "--output=json"))
        else:
            query = {"labelSelector": selector} if selector else {}
            found = self.asked(f"{known}/{name}" if name else known, **query)
        return found if name else found["items"]

    def asked(self, place: str, **query: object) -> Any:
        """What the API answers to a GET.

        Raises:
            RefusedError: it does not.
        """
        return self.told(self.client.get, place, **query)

    def told(self, ask: Callable[..., Any], place: str, **query: object) -> Any:
        """What a question to the API is answered with.

        Raises:
            RefusedError: it is not.
        """
        try:
            found = ask(place, **query)
        except NoAnswerError as error:
            raise RefusedError(f"GET {place}: {error}") from error
        if found is None:
            raise RefusedError(f"GET {place}: not found")
        return found

    def send(self, method: str, place: str, body: Any = None, content: str = MERGE) -> None:
        """A change through the API.

        Raises:
            RefusedError: it was refused, or there is no such thing.
        """
        try:
            found = self.client.send(method, place, body, content)
        except NoAnswerError as error:
            raise RefusedError(str(error)) from error
        if not found:
            raise RefusedError(f"{method} {place}: not found")

    @property
    def client(self) -> Cluster:
        """The API, asked in this process."""
        return cluster(self.config, self.config.stat().st_mtime, self.namespace)

    def execute(self, pod: str, *command: str, container: str = "", stdin: str | None = None) -> str:
        """What a command in a pod prints."""
        if stdin is None:
            try:
                return self.client.execute(pod, container, list(command), 60)
            except NoAnswerError as error:
                raise RefusedError(str(error)) from error
        into = [f"--container={container}"] if container else []
        interactive = ["--stdin"] if stdin is not None else []
        return self.run("exec", *interactive, pod, *into, "--quiet", "--", *command, stdin=stdin)

    def python(self, pod: str, code: str, *arguments: str) -> str:
        """What a piece of Python prints in a pod of a service."""
        return self.execute(pod, "python3", "-c", code, *arguments)

    def pods(self, name: str) -> list[Object]:
        """The pods of a service that are not ending, in the order of their names."""
        found = self.get("pods", selector=f"app.kubernetes.io/name={name}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def ready_pods(self, name: str) -> list[Object]:
        """Those that are ready."""
        return [pod for pod in self.pods(name) if ready(pod)]

    def mounted_anew(self, service: str) -> None:
        """Let the kubelets look at the volumes of a service's pods now: a pod that changes is looked at at once, others within a minute or two."""
        now = {"metadata": {"annotations": {"wireplan.dev/looked-at": str(uuid.uuid4())}}}
        for pod in names(self.pods(service)):
            self.patch("pod", pod, now)

    def kill(self, pod: str) -> str:
        """Kill a pod as a power cut would: at once and without a goodbye. Its UID."""
        uid = self.get("pod", pod)["metadata"]["uid"]
        self.send("DELETE", f"{address('pod', self.namespace)}/{pod}?gracePeriodSeconds=0")
        return str(uid)

    def end(self, pods: Sequence[str]) -> None:
        """Tell pods to end; nobody waits for it."""
        for pod in pods:
            self.send("DELETE", f"{address('pod', self.namespace)}/{pod}")

    def log(self, pod: str, container: str = "", **query: object) -> str:
        """What a container has written.

        Raises:
            RefusedError: it has not begun, or has none that is asked for.
        """
        about = {"container": container, **query} if container else query
        return str(self.told(self.client.text, f"{address('pod', self.namespace)}/{pod}/log", **about))

    def back(self, name: str, gone: str, count: int, within: float = 120) -> list[Object]:
        """Wait until so many pods of a service are ready, and the one with the UID `gone` is none of them."""

        def look() -> list[Object]:
            found = self.ready_pods(name)
            return found if len(found) >= count and gone not in uids(found) else []

        return eventually(look, f"{count} pods of {name} ready after one was killed", within)

    def endpoints(self, service: str) -> dict[str, bool]:
        """Addresses of a Service's EndpointSlices, and whether they are ready."""
        slices = self.get("endpointslices", selector=f"kubernetes.io/service-name={service}")
        found = (end for each in slices for end in each.get("endpoints") or ())
        return {str(end["addresses"][0]): bool(end["conditions"].get("ready")) for end in found}

    def secret(self, name: str) -> dict[str, str]:
        """The values of a Secret."""
        import base64

        data = self.get("secret", name)["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    @contextmanager
    def changed(self, kind: str, name: str, now: Object, then: Object) -> Iterator[None]:
        """An object with a change, and as it was afterwards: whoever applies it must not find that somebody else owns the fields."""
        self.patch(kind, name, now)
        try:
            yield
        finally:
            self.patch(kind, name, then)
            self.disown(kind, name)

    def patch(self, kind: str, name: str, change: Object) -> None:
        """Merge a change into an object."""
        self.send("PATCH", f"{address(kind, self.namespace)}/{name}?fieldManager={MANAGER}", change)

    def disown(self, kind: str, name: str, manager: str = "") -> None:
        """Give up what we own in an object; its values stay."""
        entries = self.get(kind, name)["metadata"].get("managedFields") or []
        mine = [index for index, entry in enumerate(entries) if entry["manager"] == (manager or MANAGER)]
        # From the last one, since the places of all behind a removed one change.
        steps = [{"op": "remove", "path": f"/metadata/managedFields/{index}"} for index in reversed(mine)]
        if steps:
            self.send("PATCH", f"{address(kind, self.namespace)}/{name}", steps, STEPS)

    def rolled_out(self, workload: str, within: float = 180) -> None:
        """Wait for a rollout to end."""
        self.run("rollout", "status", workload, f"--timeout={within:.0f}s", timeout=within + 10)


def ready(pod: Object) -> bool:
    """Whether a pod's Ready condition is true."""
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def names(pods: Sequence[Object]) -> list[str]:
    """Names of pods."""
    return [pod["metadata"]["name"] for pod in pods]


def uids(pods: Sequence[Object]) -> list[str]:
    """UIDs of pods."""
    return [pod["metadata"]["uid"] for pod in pods]


def addresses(pods: Sequence[Object]) -> list[str]:
    """Addresses of pods."""
    return [pod["status"]["podIP"] for pod in pods]
