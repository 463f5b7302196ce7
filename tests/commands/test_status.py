"""`wireplan status`: the running system beside the model."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.rim import observation
from wireplan.rim.observation import Observed, Row

from tests.manifests.conftest import images, resolved

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"


class World:
    """A cluster that holds what a test says."""

    def __init__(
        self, objects: dict[tuple[str, str], dict[str, Any]], told: dict[str, Any] | None = None
    ) -> None:
        self.objects = objects
        self.told = told or {"brokers": [0, 1, 2], "behind": [], "lags": {}}
        self.ran: list[dict[str, Any]] = []

    def find(self, version: str, kind: str, name: str) -> dict[str, Any] | None:
        del version
        return self.objects.get((kind, name))

    def run(self, pod: dict[str, Any], seconds: float) -> str:
        del seconds
        self.ran.append(pod)
        return json.dumps(self.told)


def workload(ready: int, asked: int, updated: int | None = None) -> dict[str, Any]:
    status = {"readyReplicas": ready, "updatedReplicas": asked if updated is None else updated}
    return {"spec": {"replicas": asked}, "status": status}


def whole() -> dict[tuple[str, str], dict[str, Any]]:
    topology = resolved("local")
    found: dict[tuple[str, str], dict[str, Any]] = {
        ("StatefulSet" if s.identity == "stable" else "Deployment", s.name): workload(
            s.replicas.min, s.replicas.min
        )
        for s in topology.services.values()
    }
    found |= {
        ("StatefulSet", name): workload(count, count)
        for name, count in (("kafka", 3), ("cache-fast", 1), ("objects", 1))
    }
    found |= {("Deployment", e.resource): workload(1, 1) for e in topology.edges.values()}
    found["Cluster", "pg-main"] = {
        "status": {"readyInstances": 3, "currentPrimary": "pg-main-2", "phase": "Cluster in healthy state"}
    }
    return found


def rows(world: World, environment: str = "local") -> dict[str, Row]:
    topology = resolved(environment)
    found = observation.all_rows(world, topology, images(topology))  # type: ignore[arg-type]
    return {row.part: row for row in found}


def test_a_whole_system_is_well() -> None:
    found = rows(
        World(whole(), {"brokers": [0, 1, 2], "behind": [], "lags": {"processing": {"video.uploaded": 7}}})
    )
    assert all(row.well for row in found.values())
    assert found["database main"].note == "primary pg-main-2"
    assert found["group processing"].found == "7 behind"
    assert found["group catalog"].found == "no offsets yet"
    assert found["service processing"].wanted == "2 to 4 replicas"


@pytest.mark.parametrize(("key", "body", "part", "said"), [
    (("Deployment", "upload"), workload(1, 2), "service upload", "1 of 2 ready"),
    (("Deployment", "upload"), workload(1, 1), "service upload", "1 of 1 ready"),
    (("Deployment", "upload"), None, "service upload", "not there"),
    (("StatefulSet", "kafka"), workload(2, 3), "kafka", "2 of 3 ready"),
    (("Cluster", "pg-main"), {"status": {"readyInstances": 2, "phase": "Failing over"}}, "database main", "2 ready"),
])  # fmt: skip
def test_what_is_not_as_wanted_is_told(
    key: tuple[str, str], body: dict[str, Any] | None, part: str, said: str
) -> None:
    objects = whole()
    if body is None:
        del objects[key]
    else:
        objects[key] = body
    row = rows(World(objects))[part]
    assert not row.well
    assert row.found == said


def test_an_old_pod_is_told() -> None:
    objects = whole()
    objects["Deployment", "upload"] = workload(2, 2, updated=1)
    assert rows(World(objects))["service upload"].note == "1 of an older version"


@pytest.mark.row("F2.1")
def test_partitions_out_of_sync_and_lost_brokers_are_told() -> None:
    found = rows(World(whole(), {"brokers": [0, 2], "behind": [["video.uploaded", 3]], "lags": {}}))
    assert not found["brokers"].well
    assert (found["partitions"].found, found["partitions"].note) == ("1 out of sync", "video.uploaded/3")


@pytest.mark.parametrize(("status", "well", "note"), [("True", True, ""), ("False", False, "no quorum")])
def test_under_strimzi_the_operator_is_asked_and_no_pod_of_ours(status: str, well: bool, note: str) -> None:
    """It says more than a count of brokers would: whether the quorum stands, and what it waits for."""
    kafka = {"status": {"conditions": [{"type": "Ready", "status": status, "message": note}]}}
    world = World({("Kafka", "kafka"): kafka})
    row = rows(world, "prod")["kafka"]
    assert (row.well, row.note) == (well, note)
    assert world.ran == []
    assert not rows(World({}), "prod")["kafka"].well


def test_the_observer_keeps_the_restricted_standard() -> None:
    from tests.manifests import pss

    world = World(whole())
    rows(world)
    (pod,) = world.ran
    assert list(pss.violations(pod["spec"])) == []
    assert pod["spec"]["containers"][0]["command"][-9:] == [
        "catalog",
        "notifications",
        "notifications-email",
        "notifications-push",
        "notifications-sms",
        "processing",
        "processing-unwanted",
        "statistics",
        "upload",
    ]


def run(monkeypatch: pytest.MonkeyPatch, observed: Observed, *words: str) -> Result:
    monkeypatch.setattr(observation, "observe", lambda path, name: observed)
    return CliRunner().invoke(build(), ["status", str(TUBE), *words])


def test_the_exit_code_says_whether_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    well, bad = (
        Row("service a", "2 replicas", "2 of 2 ready", well=True),
        Row("kafka", "3 replicas", "not there", well=False),
    )
    done = run(monkeypatch, Observed("tube", "local", (well,)))
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "all is well")
    done = run(monkeypatch, Observed("tube", "local", (well, bad)))
    assert done.exit_code == 1
    assert done.stdout.splitlines()[2].startswith("!!  kafka")
    found = json.loads(run(monkeypatch, Observed("tube", "local", (well, bad)), "--format", "json").stdout)
    assert found["well"] is False
    assert [part["part"] for part in found["parts"]] == ["service a", "kafka"]
