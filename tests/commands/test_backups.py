"""`wireplan backups`: what those of a running system are worth, and the proof that they restore (row F3.5)."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from wireplan.commands.app import build
from wireplan.manifests.providers.postgres import restored
from wireplan.report.backups import Backups
from wireplan.rim import backups, restores, sources
from wireplan.rim.program.kube import address
from wireplan.rim.trouble import Trouble
from wireplan.topology import names
from wireplan.topology.types import DatabaseCluster, Topology

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube"
DAY = 86_400.0
GOOD = Backups("main", 3 * DAY, DAY, archived=True, verified=2 * DAY, took=96.0, every=DAY, verify=7 * DAY)
PLACE, FILE = "0/5000148", "000000020000000000000005"


@pytest.fixture(scope="module")
def tube() -> Topology:
    """The reference system."""
    return sources.topology(TUBE / "topology.yaml", "local")


class World:
    """A cluster whose members answer what the statements ask; `copy` is what the copy says instead."""

    namespace = "tube"

    def __init__(self, **copy: list[str]) -> None:
        self.copy = copy
        self.sent: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.note: dict[str, str] = {}
        self.base = True
        self.there: dict[str, dict[str, Any]] = {}
        self.volumes = 0

    def find(self, version: str, kind: str, name: str) -> dict[str, Any] | None:
        if kind == "ConfigMap":
            return {"data": self.note} if self.note else None
        if "-restored" in name:
            found = self.there.get(address(version, kind, self.namespace, name))
            return found and {**found, "status": {"readyInstances": 1}}
        status: dict[str, Any] = {"currentPrimary": "pg-main-2", "readyInstances": 1}
        if self.base:
            stamp = (datetime.now(UTC) - timedelta(days=1)).isoformat()
            status |= {"firstRecoverabilityPoint": stamp, "lastSuccessfulBackup": stamp}
        status["conditions"] = [{"type": "ContinuousArchiving", "status": "True"}]
        return {"metadata": {"name": name}, "status": status}

    def items(self, version: str, kind: str, selector: str = "") -> list[dict[str, Any]]:
        """A volume goes some time after who had it."""
        del version, selector
        if kind != "PersistentVolumeClaim" or not self.volumes:
            return []
        self.volumes -= 1
        return [{}]

    def send(self, method: str, path: str, body: Any = None, content: str = "") -> bool:
        del content
        if method == "POST":
            assert not self.volumes, "a new copy would take the volume of the last one"
            self.there[f"{path}/{body['metadata']['name']}"] = body
        if method == "DELETE":
            self.there.pop(path, None)
        self.sent.append((method, path.rpartition("/namespaces/tube/")[2]))
        if "configmaps" in path and body:
            if method == "PATCH" and not self.note:
                return False
            self.note = body["data"]
        return True

    def execute(self, pod: str, container: str, command: list[str], seconds: float) -> str:
        del container, seconds
        return "\n".join(self.answer(pod, command[-1].removeprefix("--command=")))

    def answer(self, pod: str, statement: str) -> Iterator[str]:
        self.words += (
            re.findall(r"\b[0-9a-f]{16}-(?:before|after)\b", statement) if "values" in statement else []
        )
        copy = self.copy if pod == "pg-main-restored-1" else {}
        if "current_wal_lsn())" in statement:
            yield FILE
        elif "current_wal_lsn()" in statement:
            yield PLACE
        elif "last_archived_wal" in statement:
            yield f"{FILE}.00000028.backup"
        elif "from wireplan.restores where word in" in statement:
            yield from copy.get("rows", self.words[:1])
        elif "datname" in statement:
            yield from copy.get("databases", ["accounts", "uploads"])
        elif "pg_tables" in statement:
            yield from copy.get("tables", ["7"])


def run(monkeypatch: pytest.MonkeyPatch, tube: Topology, found: list[Backups], *words: str) -> Result:
    monkeypatch.setattr(backups, "look", lambda path, name, only: (tube, found))
    return CliRunner().invoke(build(), ["backups", str(TUBE), *words])


def test_a_verification_as_data_tells_its_steps_beside_the_document(
    monkeypatch: pytest.MonkeyPatch, tube: Topology
) -> None:
    monkeypatch.setattr(backups, "verify", lambda *_: iter(["main: restored in 96 s"]))
    told = run(monkeypatch, tube, [GOOD], "--verify")
    assert (told.stdout, told.stderr) == ("main: restored in 96 s\n", "")
    told = run(monkeypatch, tube, [GOOD], "--verify", "--format", "json")
    assert told.stderr == "main: restored in 96 s\n"
    assert [each["cluster"] for each in json.loads(told.stdout)["clusters"]] == ["main"]


def proved(world: World, tube: Topology) -> str:
    (cluster,) = [cluster for cluster, _ in backups.kept(tube)]
    return restores.proved(world, tube, cluster, 5.0)  # type: ignore[arg-type]


def test_backups_that_are_made_and_tried_are_well(monkeypatch: pytest.MonkeyPatch, tube: Topology) -> None:
    done = run(monkeypatch, tube, [GOOD])
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "cluster  any time since  base backup  log       verified restore",
        "main     3 d ago         24 h ago     archived  48 h ago, took 96 s",
        "all is well",
    ]


def test_what_is_overdue_is_said_and_ends_with_1(monkeypatch: pytest.MonkeyPatch, tube: Topology) -> None:
    bad = Backups("main", None, 3 * DAY, archived=False, verified=None, took=None, every=DAY, verify=7 * DAY)
    done = run(monkeypatch, tube, [bad])
    assert done.exit_code == 1
    assert [line for line in done.stdout.splitlines() if line.startswith("!!")] == [
        "!! main: its log does not reach the archive",
        "!! main: its last base backup is 3 d old, one is due every 24 h",
        "!! main: no restore was ever verified: wireplan backups --verify",
    ]
    assert "3 troubles" in done.stdout


def test_programs_get_the_same(monkeypatch: pytest.MonkeyPatch, tube: Topology) -> None:
    done = run(monkeypatch, tube, [GOOD], "--format", "json")
    (row,) = json.loads(done.stdout)["clusters"]
    assert (row["cluster"], row["verified"], row["troubles"]) == ("main", 2 * DAY, [])


@pytest.mark.row("F3.5")
def test_a_copy_that_ends_between_the_two_rows_is_good_and_leaves_nothing_but_a_note(tube: Topology) -> None:
    world = World()
    said = proved(world, tube)
    assert said.startswith("main: restored and verified in ")
    assert said.endswith(": 2 databases, 14 tables")
    assert [word.rpartition("-")[2] for word in world.words] == ["before", "after"]
    made = [path for method, path in world.sent if method == "POST"]
    assert made == ["networkpolicies", "networkpolicies", "clusters", "configmaps"]
    assert [path for method, path in world.sent if method == "DELETE"][-3:] == [
        "clusters/pg-main-restored",
        "networkpolicies/pg-main-restored-reads",
        "networkpolicies/pg-main-restored",
    ]
    ((cluster, backup),) = backups.kept(tube)
    told = backups.told(world, cluster, backup, datetime.now(UTC))  # type: ignore[arg-type]
    assert told.verified is not None
    assert told.troubles == []


@pytest.mark.row("F3.5")
@pytest.mark.parametrize(
    ("lacks", "why"),
    [
        ({"rows": []}, "lacks what was written before it"),
        ({"rows": ["x-before", "x-after"]}, "restored to"),
        ({"databases": ["accounts"]}, "holds other tables"),
        ({"tables": ["6"]}, "holds other tables"),
    ],
)
def test_a_copy_that_lacks_something_is_no_proof_and_is_taken_down(
    tube: Topology, lacks: dict[str, list[str]], why: str
) -> None:
    world = World(**lacks)
    with pytest.raises(Trouble, match=why):
        proved(world, tube)
    assert ("DELETE", "clusters/pg-main-restored") in world.sent[-3:]
    assert not world.note


@pytest.mark.parametrize("kind", ["clusters", "networkpolicies"])
def test_what_is_called_like_the_copy_and_is_none_stays(tube: Topology, kind: str) -> None:
    """Somebody who restored by hand, or a cluster of the system, may have the name; what is dropped must be ours."""
    world = World()
    group = "postgresql.cnpg.io" if kind == "clusters" else "networking.k8s.io"
    world.there[f"/apis/{group}/v1/namespaces/tube/{kind}/pg-main-restored"] = {"metadata": {"labels": {}}}
    with pytest.raises(Trouble, match="pg-main-restored is there, and is no copy of ours"):
        proved(world, tube)
    assert not [path for method, path in world.sent if method == "DELETE"]


def test_the_copy_of_an_interrupted_run_goes_with_its_volume(
    tube: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restores, "POLL", 0.0)
    world = World()
    world.volumes = 2
    ((cluster, _),) = backups.kept(tube)
    body = restored.copy(tube, cluster, PLACE)
    path = address(body["apiVersion"], body["kind"], "tube", body["metadata"]["name"])
    world.there[path] = body
    assert proved(world, tube).startswith("main: restored and verified")
    assert not world.there.keys() & {path}


def test_a_copy_has_a_name_that_the_operator_takes(tube: Topology) -> None:
    """It refuses clusters whose names have more than 50 characters, and the cluster's own may have all of them."""
    ((cluster, _),) = backups.kept(tube)
    longest = replace(cluster, name="a" * 47, resource=names.postgres("a" * 47))
    assert len(longest.resource) == names.CLUSTER
    assert len(restored.name(longest)) <= names.CLUSTER
    assert restored.name(longest) != longest.resource


@pytest.mark.parametrize(
    "note", [{"verified_at": "yesterday", "seconds": "some"}, {"verified_at": "2026-11-28"}, {}]
)
def test_a_note_that_somebody_wrote_otherwise_is_no_proof(tube: Topology, note: dict[str, str]) -> None:
    world = World()
    world.note = note
    ((cluster, backup),) = backups.kept(tube)
    told = backups.told(world, cluster, backup, datetime.now(UTC))  # type: ignore[arg-type]
    assert (told.verified, told.took) == (None, None)
    assert told.troubles == ["main: no restore was ever verified: wireplan backups --verify"]


def test_without_a_base_backup_nothing_is_tried(tube: Topology) -> None:
    world = World()
    world.base = False
    with pytest.raises(Trouble, match="no base backup yet"):
        proved(world, tube)
    assert not world.sent


def test_a_cluster_that_is_not_there_is_told_with_those_that_are(tube: Topology) -> None:
    with pytest.raises(Trouble, match="no cluster mian with backups in local") as trouble:
        backups.meant(tube, "mian")
    assert trouble.value.fix == "clusters: main"
    assert [cluster.name for cluster, _ in backups.meant(tube, "main")] == ["main"]


def test_what_was_good_is_said_before_another_cluster_is_not(
    tube: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restore takes long, and the second one may fail."""

    def proved(kube: object, topology: Topology, cluster: DatabaseCluster, limit: float) -> str:
        del kube, topology, limit
        if cluster.name == "second":
            raise Trouble("lost")
        return f"{cluster.name}: good"

    ((cluster, backup),) = backups.kept(tube)
    both = [(cluster, backup), (replace(cluster, name="second"), backup)]
    monkeypatch.setattr(backups, "kept", lambda _: both)
    monkeypatch.setattr(backups, "usable", lambda _: None)
    monkeypatch.setattr("wireplan.rim.program.kube.Cluster", lambda _: World())
    monkeypatch.setattr(restores, "proved", proved)
    done = CliRunner().invoke(build(), ["backups", str(TUBE), "--verify"])
    assert isinstance(done.exception, Trouble)
    assert done.stdout == "main: good\n"
