"""Kafka as the tests see it: a pod beside the brokers answers questions."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.tube.kube import Kube, ready
from tests.cluster.tube.pipe import DumbError, Pipe
from tests.cluster.tube.wait import eventually

NAME = "observer"
# The policies let the Job that makes topics talk to the brokers, so the observer goes under its labels. No Service selects them.
LABELS = {"app.kubernetes.io/name": "kafka-topics", "app.kubernetes.io/instance": "tube"}
BOOTSTRAP = "kafka.tube.svc.cluster.local:9092"
GROUPS = {"processing": "video.uploaded", "upload": "video.processed", "catalog": "video.processed",
          "statistics": "video.processed", "notifications": "video.processed"}  # fmt: skip


class UnansweredError(Exception):
    """The observer could not answer."""


@dataclass(frozen=True)
class Record:
    """A record of a topic."""

    partition: int
    offset: int
    key: str
    value: bytes
    headers: dict[str, str]


class Kafka:
    """Asks the observer."""

    def __init__(self, connect: Callable[[], Pipe]) -> None:
        """Over a pipe into its pod."""
        self._connect = connect
        self._pipe = connect()

    def close(self) -> None:
        """Hang up."""
        self._pipe.close()

    def topics(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Partitions of each topic with leader, replicas and in-sync replicas."""
        return self._ask("topics")

    def leader(self, topic: str, partition: int = 0) -> int:
        """The broker that leads a partition."""
        return int(self.topics()[topic][str(partition)]["leader"])

    def all_in_sync(self) -> bool:
        """Whether every replica of every partition is in sync."""
        partitions = [each for topic in self.topics().values() for each in topic.values()]
        return all(each["isrs"] == each["replicas"] and each["leader"] >= 0 for each in partitions)

    def group(self, name: str) -> dict[str, Any]:
        """State and members of a consumer group."""
        return self._ask("group", name=name)

    def offsets(self, group: str) -> dict[str, dict[str, int]]:
        """Where a group stands, by `topic/partition`."""
        return self._ask("offsets", name=group)

    def lag(self, groups: Iterable[str] = GROUPS) -> int:
        """Records that groups have still to handle, those that wait for another attempt included."""
        known = self.topics()
        wanted = {
            group: [
                GROUPS[group],
                *(name for name in known if name.startswith(f"{GROUPS[group]}.{group}.retry.")),
            ]
            for group in groups
        }
        return int(self._ask("lag", groups=wanted))

    def ends(self, topic: str) -> dict[str, int]:
        """The end offset of each partition."""
        return self._ask("ends", topic=topic)

    def read(self, topic: str) -> list[Record]:
        """Every record of a topic."""
        return [
            Record(**{**each, "value": base64.b64decode(each["value"])})
            for each in self._ask("read", topic=topic)
        ]

    def send(
        self, topic: str, key: str, value: bytes, headers: dict[str, str] | None = None
    ) -> dict[str, int]:
        """Write a record; its partition and offset."""
        return self._ask(
            "send", topic=topic, key=key, value=base64.b64encode(value).decode(), headers=headers or {}
        )

    @contextmanager
    def configured(self, topic: str, name: str, value: str) -> Iterator[None]:
        """A topic with another setting, and as it was afterwards."""
        before = str(self._ask("setting", topic=topic, name=name))
        try:
            self._ask("configure", topic=topic, name=name, value=value)
            yield
        finally:
            self._ask("configure", topic=topic, name=name, value=before)

    def _ask(self, question: str, **rest: Any) -> Any:
        found = self._answer(question, rest, again=question != "send")
        if "error" in found:
            self._renew()
            raise UnansweredError(f"{question}: {found['error']}")
        return found["answer"]

    def _answer(self, question: str, rest: dict[str, Any], again: bool) -> Any:
        """The client library in the observer may die while brokers come and go; then another observer is asked."""
        try:
            return self._pipe.ask(question=question, **rest)
        except DumbError as error:
            self._renew()
            if again:
                return self._answer(question, rest, again=False)
            raise UnansweredError(f"{question}: the observer died: {error}") from error

    def _renew(self) -> None:
        """Another observer: a client that has seen brokers fall may wait for one of them for ever."""
        self._pipe.close()
        self._pipe = self._connect()


def start_pod(kube: Kube) -> None:
    """Run the observer's pod, from the image of a service that has the Kafka client."""
    container = kube.get("statefulset", "processing")["spec"]["template"]["spec"]["containers"][0]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME, "labels": LABELS},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": NAME,
                    "image": container["image"],
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["python3", "-c", "import signal; signal.pause()"],
                    "env": [{"name": "KAFKA_BOOTSTRAP", "value": BOOTSTRAP}],
                    "resources": {
                        "requests": {"cpu": "10m", "memory": "32Mi"},
                        "limits": {"memory": "256Mi"},
                    },
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                        "readOnlyRootFilesystem": True,
                    },
                }
            ],
        },
    }
    kube.run("delete", "pod", NAME, "--ignore-not-found", "--now")
    kube.run("create", "--filename=-", stdin=json.dumps(pod))
    eventually(lambda: ready(kube.get("pod", NAME)), "the observer's pod runs")


def connect(kube: Kube, log: Path) -> Pipe:
    """A pipe into the observer's pod."""
    program = (Path(__file__).parents[1] / "client" / "observer.py").read_text()
    return Pipe(kube.words("exec", "--stdin", NAME, "--", "python3", "-u", "-c", program), log)
