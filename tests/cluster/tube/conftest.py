"""One bring-up of tube for all tests of this folder, and what they see and touch it with."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from wireplan.rim import home
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.engines import path

from tests.cluster.tube import contract, letters
from tests.cluster.tube import kafka as kafka_module
from tests.cluster.tube.kafka import Kafka
from tests.cluster.tube.kube import Kube
from tests.cluster.tube.letters import Refused
from tests.cluster.tube.load import Court, Load
from tests.cluster.tube.pipe import Pipe
from tests.cluster.tube.postgres import CLUSTER, Postgres
from tests.cluster.tube.previews import Previews, previewing
from tests.cluster.tube.system import ROOT, Begun, begun, wireplan
from tests.cluster.tube.wait import eventually
from tests.cluster.tube.web import Browser, Places, User

RUNS_KEPT = 9
CLIENT = ROOT / "tests" / "cluster" / "client"

# Reading first, then single failures, then the long ones: a broken basis is told by its own test. A preview comes before the autoscaler
# is held (see below): it would find that the field is somebody else's. Nobody waits for the pods that the last one renews.
ORDER = [
    "test_edges", "test_rest", "test_graphql", "test_login", "test_oauth", "test_limits", "test_changes", "test_calls", "test_messaging", "test_notifications_split", "test_openapi", "test_mtls", "test_pods", "test_sagas", "test_cdn", "test_database", "test_backups", "test_secrets", "test_degradation", "test_degradation_goes_red", "test_consumers", "test_dead_letters", "test_brokers", "test_nothing_lost", "test_judge_goes_red", "test_traces",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files of this folder in the order above; all others stay where they are."""
    here = Path(__file__).parent
    mine = [index for index, item in enumerate(items) if item.path.parent == here]
    ordered = sorted((items[index] for index in mine), key=lambda item: ORDER.index(item.path.stem))
    for index, item in zip(mine, ordered, strict=True):
        items[index] = item
        item.add_marker(pytest.mark.cluster)
        item.add_marker(pytest.mark.tube)


@pytest.fixture(scope="session")
def kube() -> Kube:
    """kubectl for the running system. With TUBE_RUNS set it is taken as it is, while one works on the tests themselves."""
    if not os.environ.get("TUBE_RUNS"):
        wireplan("up", ROOT / "stacks" / "tube", "--stack", "local")
    return Kube(Layout(os.environ.get("WIREPLAN_CLUSTER", "local")).kubeconfig, "tube")


@pytest.fixture(scope="session")
def folder() -> Path:
    """Ledgers and logs of this run. The last runs' are kept: what a user was told is worth more than a temporary folder."""
    runs = home.cache() / "test-runs"
    for old in sorted(runs.glob("*"))[:-RUNS_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    found = runs / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}"
    found.mkdir(parents=True)
    return found


@pytest.fixture(scope="session")
def client_python() -> Path:
    """The Python of the clients' own environment, made from its lock file."""
    environment = home.cache() / "clients"
    subprocess.run(
        [path("uv"), "sync", "--quiet", "--locked", "--project", CLIENT, "--python", sys.executable],
        env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(environment)},
        check=True,
    )
    return environment / "bin" / "python"


@pytest.fixture(scope="session")
def authority(kube: Kube, folder: Path) -> Path:
    """Who vouches for the certificates of the edges, and of the provider that one can log in by."""
    bundle = folder / "authority.pem"
    secrets = ("edge-public-tls", "edge-cdn-tls", "external-id-tls")
    bundle.write_text("\n".join(kube.secret(secret)["ca.crt"] for secret in secrets))
    return bundle


@pytest.fixture(scope="session")
def browser(kube: Kube, client_python: Path, authority: Path, folder: Path) -> Iterator[Browser]:
    """A browser that all may use."""
    command = [str(client_python), str(CLIENT / "browser.py"), str(authority)]
    wiring = json.loads(kube.get("configmap", "gateway-wiring")["data"]["wiring.json"])["public"]
    with Pipe(command, folder / "browser.log", cwd=CLIENT) as pipe:
        yield Browser(pipe, Places(wiring["base_url"], wiring["cdn_url"]))


@pytest.fixture(scope="session")
def film(client_python: Path, folder: Path) -> Path:
    """A real film of one second."""
    made = folder / "film.mp4"
    code = "import sys, pathlib, film; film.base(pathlib.Path(sys.argv[1]))"
    subprocess.run([client_python, "-c", code, made], cwd=CLIENT, check=True)
    return made


@pytest.fixture(scope="session")
def long_film(client_python: Path, folder: Path) -> Path:
    """A film of several segments: processing has written one before it has made them all."""
    made = folder / "long.mp4"
    code = "import sys, pathlib, film; film.base(pathlib.Path(sys.argv[1]), seconds=30)"
    subprocess.run([client_python, "-c", code, made], cwd=CLIENT, check=True)
    return made


@pytest.fixture(scope="session")
def user(browser: Browser, film: Path) -> User:
    """Somebody with an account."""
    return User(browser.new(), film.read_bytes()).register()


@pytest.fixture(scope="session")
def stranger(browser: Browser, film: Path) -> User:
    """Somebody else with an account."""
    return User(browser.new(), film.read_bytes()).register()


@pytest.fixture(scope="session")
def video(user: User) -> str:
    """A film that is ready, and whose playlist the CDN has kept."""
    made = user.upload("the first film")
    user.until(made, "ready", within=120)
    user.browser.get(user.browser.playlist(made)).expect(200)
    return made


@pytest.fixture(scope="session")
def autoscaler(kube: Kube) -> Iterator[dict[str, Any]]:
    """The autoscaler of processing as it was. While the tests run it keeps to two: pods that come and go by themselves, because
    the tests make work, would be in the way of tests about pods that come and go.
    """
    before = kube.get("horizontalpodautoscaler", "processing")["spec"]
    now = {"spec": {"minReplicas": 2, "maxReplicas": 2}}
    then = {"spec": {key: before[key] for key in ("minReplicas", "maxReplicas")}}
    with kube.changed("horizontalpodautoscaler", "processing", now, then):
        eventually(
            lambda: len(kube.get("pods", selector="app.kubernetes.io/name=processing")) == 2,
            "two of processing",
            180,
        )
        yield before


@pytest.fixture(scope="session")
def kafka(kube: Kube, autoscaler: dict[str, Any], folder: Path) -> Iterator[Kafka]:
    """Kafka, by a pod beside the brokers."""
    kafka_module.start_pod(kube)
    found = Kafka(lambda: kafka_module.connect(kube, folder / "observer.log"))
    yield found
    found.close()
    kube.run("delete", "pod", kafka_module.NAME, "--now", "--wait=false")


@pytest.fixture(scope="session")
def postgres(kube: Kube) -> Postgres:
    """Postgres, by psql in its pods."""
    return Postgres(kube)


@pytest.fixture(scope="session")
def base_backup(kube: Kube) -> None:
    """The first base backup is made, and the log goes to the archive."""

    def made() -> bool:
        status = kube.get("clusters.postgresql.cnpg.io", CLUSTER)["status"]
        archives = [one["status"] for one in status["conditions"] if one["type"] == "ContinuousArchiving"]
        return bool(status.get("lastSuccessfulBackup")) and archives == ["True"]

    eventually(made, "the first base backup is made", 300)


@pytest.fixture(scope="session")
def restore(base_backup: None) -> Iterator[Begun]:
    """A restore that is verified. It takes a minute of mostly waiting, and disturbs nobody: tests before test_backups begin it."""
    with begun("backups", ROOT / "stacks" / "tube", "--verify") as found:
        yield found


@pytest.fixture(scope="session")
def previews(kube: Kube, folder: Path) -> Iterator[Previews]:
    """Of the running system, before the autoscaler is held. They take half a minute, and disturb nobody: tests before test_changes begin them."""
    with previewing(folder / "previews") as found:
        yield found


@pytest.fixture(scope="session")
def schemathesis(browser: Browser, film: Path, authority: Path, folder: Path) -> Iterator[Begun]:
    """The contract, asked of the gateway. It takes a minute, and others may work beside it as users do: tests before test_openapi begin it, after those of logins: they are counted by the address."""
    asks = User(browser.new(), film.read_bytes()).register()
    with contract.asking(asks, authority, folder) as found:
        yield found


@pytest.fixture(scope="session")
def refusing(browser: Browser, film: Path, postgres: Postgres) -> Iterator[Refused]:
    """Two films that statistics gives up. Its attempts are spread over half a minute, and disturb nobody: tests before test_dead_letters begin it."""
    with letters.refusing(User(browser.new(), film.read_bytes()).register(), postgres) as found:
        yield found


@pytest.fixture(scope="session")
def court(postgres: Postgres, kafka: Kafka, browser: Browser) -> Court:
    """The judge, and what he needs to know."""
    return Court(postgres, kafka, browser.new())


@pytest.fixture
def loads(client_python: Path, browser: Browser, authority: Path, folder: Path, film: Path) -> "Loads":
    """Starts clients that upload."""
    return Loads([str(client_python), browser.places.base, str(authority)], folder, film)


class Loads:
    """Starts clients that upload, each with a folder of its own."""

    def __init__(self, given: list[str], folder: Path, film: Path) -> None:
        """What each needs."""
        self._given, self._folder, self._film = given, folder, film

    def start(
        self,
        name: str,
        *,
        film: Path | None = None,
        count: int = 400,
        seconds: float = 420,
        pace: float = 0.5,
    ) -> Load:
        """One client; it ends by itself after so many uploads or seconds."""
        limits = {"count": count, "seconds": seconds, "pace": pace}
        return Load(self._given, self._folder / name, film or self._film, limits)


@pytest.fixture
def calm(kube: Kube, kafka: Kafka, postgres: Postgres) -> Iterator[None]:
    """For tests that break things: the system is whole before, and whole again after."""
    whole(kube, kafka, postgres)
    yield
    whole(kube, kafka, postgres)


def whole(kube: Kube, kafka: Kafka, postgres: Postgres) -> None:
    """Wait until every pod is ready, every replica in sync, every member of Postgres there, every group's lag gone."""

    def pods() -> bool:
        workloads = [*kube.get("deployments"), *kube.get("statefulsets")]
        short = [
            each["metadata"]["name"]
            for each in workloads
            if each["status"].get("readyReplicas", 0) != each["spec"]["replicas"]
            or each["status"].get("updatedReplicas", 0) != each["spec"]["replicas"]
        ]
        assert not short, json.dumps(short)
        return True

    eventually(pods, "all pods are ready", 180)
    eventually(postgres.healthy, "all members of Postgres are ready", 180)
    eventually(kafka.all_in_sync, "all replicas are in sync", 180)
    eventually(lambda: kafka.lag() == 0, "all records are handled", 120)
