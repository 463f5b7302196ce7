"""What a person is told of a cluster that does not answer."""

import json
from pathlib import Path
from typing import Any

import pytest
from wireplan.rim.program import readiness
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
