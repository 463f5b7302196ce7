"""What a person is told of a cluster that does not answer."""

import json
from pathlib import Path
from typing import Any

import pytest
from wireplan.rim.program import diagnose, readiness
from wireplan.rim.program.kube import Cluster, NoAnswerError, answering
from wireplan.rim.program.settings import Settings
from wireplan.rim.trouble import Trouble


@pytest.fixture
def silent(tmp_path: Path) -> Cluster:
    """A cluster at a port that nobody listens on."""
    file = tmp_path / "config"
    config = {
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {}}],
        "current-context": "c",
    }
    file.write_text(json.dumps(config))
    found = Cluster(Settings("c", "tube", file))
    found.api.configuration.retries = False
    return found


def test_a_cluster_that_is_gone_is_trouble_of_the_world_whatever_was_asked(silent: Cluster) -> None:
    for ask in (
        lambda: silent.find("v1", "Namespace", "tube"),
        lambda: silent.send("DELETE", "/api/v1/namespaces/tube/pods/a"),
    ):
        with (
            pytest.raises(Trouble, match="the cluster tube-prod does not answer") as trouble,
            answering("tube-prod"),
        ):
            ask()
        assert "refused" in trouble.value.why


class Restarting:
    """An API server that is away for a moment."""

    def __init__(self) -> None:
        self.asked = 0

    def items(self, version: str, kind: str, selector: str = "") -> list[dict[str, Any]]:
        del version, kind, selector
        self.asked += 1
        if self.asked == 1:
            raise NoAnswerError("connection refused")
        return []


def test_waiting_goes_on_while_the_api_server_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "POLL_SECONDS", 0.0)
    cluster = Restarting()
    assert readiness.wait(cluster, "", 5, print) == []  # type: ignore[arg-type]
    assert cluster.asked > 1


def test_a_silence_to_the_end_is_what_was_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(
        readiness, "unready", lambda cluster, managed: (_ for _ in ()).throw(NoAnswerError("gone"))
    )
    assert readiness.wait(Restarting(), "", 0.05, print) == ["the cluster's answer (gone)"]  # type: ignore[arg-type]


def job(condition: str) -> dict[str, Any]:
    """A Job with one condition."""
    said = {"type": condition, "status": "True", "reason": "BackoffLimitExceeded", "message": "too often"}
    return {"metadata": {"name": "topics-1a2b"}, "status": {"failed": 21, "conditions": [said]}}


class WithJobs:
    """A namespace that holds Jobs, and pods of none of them any more."""

    namespace = "tube"

    def __init__(self, *jobs: dict[str, Any]) -> None:
        self.jobs = list(jobs)

    def items(self, version: str, kind: str, selector: str = "") -> list[dict[str, Any]]:
        del version, selector
        return self.jobs if kind == "Job" else []

    def pods(self, name: str) -> list[dict[str, Any]]:
        del name
        return []


def test_a_job_that_has_failed_for_good_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it waited"))
    (told,) = readiness.wait(WithJobs(job("Failed")), "", 600, print)  # type: ignore[arg-type]
    assert told.startswith("Job topics-1a2b: failed for good (BackoffLimitExceeded: too often)")


def test_a_job_that_is_tried_again_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "POLL_SECONDS", 0.0)
    assert readiness.wait(WithJobs(job("Suspended")), "", 0.05, print) == ["Job topics-1a2b"]  # type: ignore[arg-type]


def test_why_a_job_has_failed_is_told_also_when_its_pods_are_gone() -> None:
    (told,) = diagnose.causes(WithJobs(job("Failed")))  # type: ignore[arg-type]
    assert told.workload == "Job topics-1a2b"
    assert "BackoffLimitExceeded: too often" in told.what
    assert told.what.endswith("(kubectl delete job topics-1a2b)")
