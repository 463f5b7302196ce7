"""A small system through its life: up, unchanged, changed, broken, down with its data kept, up again, and gone."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wireplan.rim import bringup, home, observation, takedown
from wireplan.rim.bringup import Wishes
from wireplan.rim.program import workspace
from wireplan.rim.program.bodies import at
from wireplan.rim.program.kube import Cluster, address
from wireplan.rim.program.settings import Settings
from wireplan.rim.trouble import Trouble

from tests.cluster.program.conftest import SERVER, container, write
from tests.cluster.tube.wait import eventually

NAME = f"small-{secrets.token_hex(2)}"
QUICK = Wishes(build=False, timeout=240)


class System:
    """The small system: one worker, a cache, the object store, a Postgres of one."""

    def __init__(self, folder: Path, image: str) -> None:
        self.folder = folder
        self.image = image
        self.script = SERVER
        self.replicas = 1
        self.extra: dict[str, Any] = {}

    def write(self, **extra: Any) -> Path:
        """The files as they are now."""
        main = container(self.image, self.script)
        pods = {"spec": {"template": {"spec": {"containers": [main], "initContainers": None}}}}
        topology = {
            "wireplan": 1, "system": NAME, "services": {"worker": {"kind": "worker", "replicas": self.replicas, "database": "things"}},
            "databases": {"main": {"instances": 1, "databases": ["things"]}}, "buckets": {"films": {}},
            "patches": [{"kind": "Deployment", "name": "worker", "reason": "a stand-in for a service", "merge": pods}], **extra,
        }  # fmt: skip
        overlay = {
            "environment": {
                "name": "local",
                "profile": "dev",
                "cluster": "embedded",
                "contexts": ["wireplan-local"],
            }
        }
        return write(self.folder, topology, overlay, {"worker": self.image, "tools": self.image})

    def up(self, wishes: Wishes = QUICK, **extra: Any) -> dict[str, int]:
        """Bring it up; the counts of what was done."""
        return dict(bringup.up(self.write(**extra), "local", wishes).changes)


@pytest.fixture(scope="module")
def api(where: Settings) -> Cluster:
    return Cluster(Settings(where.context, NAME, where.kubeconfig))


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, python_image: str, api: Cluster) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("small")
    yield System(folder, python_image)
    api.send("DELETE", address("v1", "Namespace", "", NAME))
    shutil.rmtree(folder, ignore_errors=True)


def test_a_killed_up_leaves_a_state_that_the_next_one_goes_on_from(system: System, api: Cluster) -> None:
    """Killed with everything it started, while it creates objects: the lock stays, and some objects are in no state."""
    words = [sys.executable, "-m", "wireplan", "up", str(system.write()), "--no-build"]
    child = subprocess.Popen(
        words, start_new_session=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        eventually(lambda: api.find("postgresql.cnpg.io/v1", "Cluster", "pg-main"), "it creates objects", 120)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    assert list((system.folder / "state").rglob("locks/**/*.json")), "the run was killed while it worked"


@pytest.mark.row("U2")
def test_it_comes_up(system: System, api: Cluster) -> None:
    assert system.up()["create"] > 2
    assert workspace.end_orphans(home.cache() / "pulumi" / "plugins") == [], (
        "the killed run's provider is gone"
    )
    assert list((system.folder / workspace.WORK / "tmp").iterdir()) == [], (
        "and so is the kubeconfig that it had left"
    )
    assert observation.observe(system.folder, "local").well
    secret = api.find("v1", "Secret", "pg-main-things")
    assert set(secret["data"]) == {"username", "password"}  # type: ignore[index]


def test_a_second_up_changes_nothing_and_a_secret_stands_in_no_state_and_no_line(
    system: System, api: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    import base64

    value = base64.b64decode(api.find("v1", "Secret", "pg-main-things")["data"]["password"]).decode()  # type: ignore[index]
    counts = system.up()
    said = capfd.readouterr()
    assert {name for name, count in counts.items() if count} == {"same"}
    assert value not in said.out + said.err
    for path in system.folder.rglob("*"):
        if path.is_file():
            text = path.read_bytes()
            assert value.encode() not in text
            assert base64.b64encode(value.encode()) not in text, path


def test_a_replica_more_changes_its_workload_and_nothing_else(system: System) -> None:
    system.replicas = 2
    counts = system.up()
    assert counts["update"] == 1
    assert not counts.get("create")
    assert not counts.get("delete")


def test_a_broken_rollout_says_why(system: System) -> None:
    system.script = "import sys; print('no such table: films'); sys.exit(3)"
    with pytest.raises(Trouble, match="did not come up") as trouble:
        system.up(Wishes(build=False, timeout=45))
    assert "Deployment worker: pod worker-" in trouble.value.why
    assert "exit code 3" in trouble.value.why
    assert "no such table: films" in trouble.value.why
    assert trouble.value.why.count("Deployment ") == 1, "one cause a workload"
    system.script = SERVER
    system.up()


def test_data_that_would_be_lost_is_refused(system: System, api: Cluster) -> None:
    before = api.find("postgresql.cnpg.io/v1", "Cluster", "pg-main")
    with pytest.raises(Trouble, match="nothing was changed") as trouble:
        system.up(databases={"main": {"instances": 1, "databases": ["things"], "volume": {"size": "1Gi"}}})
    assert "database main" in trouble.value.why
    assert "allow_data_loss: [database main]" in trouble.value.why
    after = api.find("postgresql.cnpg.io/v1", "Cluster", "pg-main")
    assert after["spec"] == before["spec"]  # type: ignore[index]


def test_a_part_that_holds_data_cannot_just_be_left_out(system: System, api: Cluster) -> None:
    with pytest.raises(Trouble, match="nothing was changed") as trouble:
        system.up(buckets={})
    assert "volume objects" in trouble.value.why
    assert api.find("apps/v1", "StatefulSet", "objects")


def test_down_keeps_data(system: System, api: Cluster) -> None:
    done = takedown.down(system.folder, "local", [])
    assert set(done.kept) >= {"database main", "volume objects", f"namespace {NAME}"}
    assert done.destroyed == ()
    assert api.find("apps/v1", "Deployment", "worker") is None
    assert api.find("apps/v1", "StatefulSet", "objects") is None
    names = {at(one, "metadata", "name") for one in api.items("v1", "PersistentVolumeClaim")}
    assert {"data-objects-0", "pg-main-1"} <= names
    kept = api.find("postgresql.cnpg.io/v1", "Cluster", "pg-main")
    assert at(kept, "metadata", "annotations", "cnpg.io/hibernation") == "on"


def test_up_finds_the_data_again(system: System, api: Cluster) -> None:
    claim = api.find("v1", "PersistentVolumeClaim", "pg-main-1")
    system.up()
    assert observation.observe(system.folder, "local").well
    assert api.find("v1", "PersistentVolumeClaim", "pg-main-1")["metadata"]["uid"] == claim["metadata"]["uid"]  # type: ignore[index]
    kept = api.find("postgresql.cnpg.io/v1", "Cluster", "pg-main")
    assert not at(kept, "metadata", "annotations", "cnpg.io/hibernation")


def test_a_lost_state_is_no_lost_system(system: System, api: Cluster) -> None:
    """The state is gone, the objects are there: `up` finds what is its own, and leaves its secrets."""
    before = api.find("v1", "Secret", "objects")
    shutil.rmtree(system.folder / "state")
    system.up()
    assert api.find("v1", "Secret", "objects")["data"] == before["data"]  # type: ignore[index]


def test_what_somebody_deleted_is_made_again(system: System, api: Cluster) -> None:
    for version, kind in (("apps/v1", "Deployment"), ("v1", "Service")):
        api.send("DELETE", address(version, kind, NAME, "worker"))
    counts = system.up()
    assert counts["create"] == 2
    assert api.find("apps/v1", "Deployment", "worker")
    assert observation.observe(system.folder, "local").well


def test_a_state_that_tells_of_a_namespace_that_is_gone_is_not_believed(system: System, api: Cluster) -> None:
    """As after the cluster was made anew."""
    api.send("DELETE", address("v1", "Namespace", "", NAME))
    assert system.up()["create"] > 20
    assert observation.observe(system.folder, "local").well


def test_what_is_no_data_is_told() -> None:
    with pytest.raises(Trouble, match="holds no data called database mian") as trouble:
        takedown.named({"database main": [], "volume objects": []}, ["database mian"])
    assert "database main, volume objects" in trouble.value.why


def test_named_data_goes_and_with_all_everything(system: System, api: Cluster) -> None:
    done = takedown.down(system.folder, "local", ["all"])
    assert done.kept == ()
    assert not bringup.inhabited(api, 120)
    state = json.loads(next((system.folder / "state").rglob("local.json")).read_text())
    assert not [
        one for one in state["checkpoint"]["latest"].get("resources") or [] if "kubernetes:" in one["type"]
    ]


def test_a_namespace_that_somebody_made_is_not_taken(system: System, api: Cluster) -> None:
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAME}}
    api.send("POST", address("v1", "Namespace", ""), body, "application/json")
    with pytest.raises(Trouble, match="did not come up") as trouble:
        system.up()
    assert f"Namespace {NAME} is already there, and nothing says that this stack made it" in trouble.value.why
    assert api.items("apps/v1", "Deployment") == []
