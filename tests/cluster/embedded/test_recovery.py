"""A cluster that is broken in every way that happens: it comes back with its data, and `down` leaves nothing.

The tests are one story and stand in its order; the cluster is a second one, alone in a network namespace.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from wireplan.rim import files
from wireplan.rim.cluster import processes

from tests.cluster.embedded.alone import NAME, SPACE, Alone
from tests.cluster.embedded.conftest import SERVER
from tests.cluster.tube.kube import ready
from tests.cluster.tube.wait import eventually

# Always the same ones, so that a run finds what an earlier one left. A socket's path has 107 bytes at most, so they are short.
CLUSTERS = Path("/var/tmp/wireplan-tests")
RUN = Path("/run/wireplan-tests")


@pytest.fixture(scope="module")
def alone() -> Iterator[Alone]:
    """A machine that has no cluster yet: an empty network namespace, and folders of its own."""
    made = Alone(CLUSTERS, RUN)
    clear(made)  # what a run that was cut off may have left
    subprocess.run(["ip", "netns", "add", SPACE], check=True)
    made.inside("ip", "link", "set", "lo", "up")
    try:
        yield made
    finally:
        clear(made)


def clear(made: Alone) -> None:
    """End it if it runs, and remove all that is of it."""
    if Path("/run/netns", SPACE).exists():
        made.cluster("down", "--volumes")
        subprocess.run(["ip", "netns", "delete", SPACE], check=True)
    for folder in (CLUSTERS, RUN):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def before(alone: Alone) -> dict[str, list[str]]:
    """The machine as it was before the first `up`."""
    return alone.traces()


def write(alone: Alone, image: str) -> None:
    """A pod on node-2 with a volume, and something in it."""
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
             "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
    container = {
        "name": "main",
        "image": image,
        "command": ["python3", "-c", SERVER],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    spec = {"containers": [container], "nodeSelector": {"kubernetes.io/hostname": "node-2"},
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}], "tolerations": [{"operator": "Exists"}]}  # fmt: skip
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "keeper"}, "spec": spec}
    alone.kubectl(
        "apply", "--filename=-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": [claim, pod]})
    )
    eventually(lambda: ready(alone.get("pod", "keeper")), "the pod is ready", 180)
    alone.kubectl("exec", "keeper", "--", "sh", "-c", "echo rows > /data/table")


def kept(alone: Alone) -> bool:
    """Whether the pod is back, with a container begun after the break, and finds what it wrote."""
    return (
        ready(alone.get("pod", "keeper"))
        and alone.kubectl("exec", "keeper", "--", "cat", "/data/table") == "rows\n"
    )


def test_an_address_that_somebody_has_is_not_taken(alone: Alone, before: dict[str, list[str]]) -> None:
    alone.inside("ip", "link", "add", "theirs", "type", "bridge")
    alone.inside("ip", "address", "add", "10.99.0.1/24", "dev", "theirs")
    refused = alone.cluster("up", check=False)
    alone.inside("ip", "link", "delete", "theirs")
    assert refused.returncode == 2
    assert "theirs already has the address 10.99.0.1" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert alone.traces() == before


def test_it_comes_up_beside_another_cluster(alone: Alone, before: dict[str, list[str]], image: str) -> None:
    alone.cluster("up")
    assert alone.state()["state"] == "up"
    write(alone, image)


def test_what_pods_mount_does_not_show_on_the_machine(alone: Alone) -> None:
    mounts = [
        line for line in Path("/proc/self/mounts").read_text().splitlines() if str(alone.clusters) in line
    ]
    assert mounts == []


def test_a_process_that_dies_is_started_again_and_status_says_so(alone: Alone) -> None:
    alone.kill("node-2-kubelet", "scheduler")
    expected = {"node-2-kubelet": 1, "scheduler": 1}
    assert eventually(lambda: alone.state()["restarts"] == expected, "both were started again", 90)
    eventually(lambda: alone.state()["state"] == "up", "the cluster is whole", 90)


def test_a_stopped_node_is_left_stopped_by_up_and_the_others_go_on(alone: Alone) -> None:
    alone.cluster("node", "stop", "node-2")
    assert [node["state"] for node in alone.state()["nodes"]] == ["ready", "stopped", "ready"]
    assert not [
        name
        for name, record in alone.processes().items()
        if name.startswith("node-2-") and processes.alive(record)
    ]
    assert "already up" in alone.cluster("up").stderr
    assert alone.state()["nodes"][1]["state"] == "stopped"


def test_a_started_node_brings_its_pods_and_their_data_back(alone: Alone) -> None:
    alone.cluster("node", "start", "node-2")
    assert alone.state()["nodes"][1]["state"] == "ready"
    assert eventually(lambda: kept(alone), "the pod and its data", 120)


def test_when_everything_was_killed_the_next_up_recovers(alone: Alone) -> None:
    born = {name: record.started for name, record in alone.processes().items()}
    alone.kill()
    assert alone.state()["state"] in {"degraded", "down"}
    alone.cluster("up")
    assert alone.state()["state"] == "up"
    assert not {name for name, record in alone.processes().items() if record.started == born[name]}
    assert eventually(lambda: kept(alone), "the pod and its data", 120)


def test_down_leaves_the_machine_as_it_was(alone: Alone, before: dict[str, list[str]]) -> None:
    alone.cluster("down")
    assert alone.traces() == before
    assert alone.state()["state"] == "down"


def test_down_of_what_is_down_does_nothing(alone: Alone, before: dict[str, list[str]]) -> None:
    assert "was not up" in alone.cluster("down").stderr
    assert alone.traces() == before


def test_after_a_reboot_old_records_name_strangers_who_are_left_alone(alone: Alone) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    record = {
        "name": "etcd",
        "pid": stranger.pid,
        "started": processes.started(stranger.pid),
        "command": ["etcd"],
    }
    files.write(alone.run / NAME / "processes" / "etcd.json", json.dumps(record))
    files.write(alone.run / NAME / "boot", "an earlier boot\n")
    try:
        assert alone.state()["state"] == "down"
        alone.cluster("up")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_what_down_kept_is_there_after_the_next_up(alone: Alone) -> None:
    assert eventually(lambda: kept(alone), "the pod and its data", 120)


def test_data_goes_only_when_asked_by_name(alone: Alone, before: dict[str, list[str]]) -> None:
    alone.cluster("down", "--volumes")
    assert alone.traces() == before
    assert not (alone.clusters / NAME).exists()
    assert alone.state()["state"] == "absent"
