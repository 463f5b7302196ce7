"""`wireplan cluster`: what each word does, what is refused, and which exit code says so."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner
from wireplan.commands import app, outcome
from wireplan.rim.cluster import state
from wireplan.rim.cluster.cluster import Cluster
from wireplan.rim.cluster.state import Status
from wireplan.rim.trouble import Trouble


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIREPLAN_CLUSTERS", str(tmp_path))
    monkeypatch.setenv("WIREPLAN_RUN", str(tmp_path / "run"))


def run(*words: str) -> object:
    return CliRunner().invoke(app.build(), ["cluster", *words])


def refused(*words: str) -> Trouble:
    shown = CliRunner().invoke(app.build(), ["cluster", *words])
    assert isinstance(shown.exception, Trouble), shown.output
    return shown.exception


def test_up_ends_with_the_line_that_a_shell_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wireplan.rim.cluster.up", lambda name: Cluster(name, Path("/k"), f"wireplan-{name}"))
    shown = CliRunner().invoke(app.build(), ["cluster", "up", "--name", "other"])
    assert shown.exit_code == outcome.FINE
    assert shown.stdout == "export KUBECONFIG=/k\n"


def test_an_unknown_provider_is_told_with_the_known_ones() -> None:
    assert "embedded, existing, kind, k3d" in refused("up", "--provider", "minikube").fix


def test_down_keeps_data_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []
    monkeypatch.setattr("wireplan.rim.cluster.down", lambda name, *, volumes: asked.append((name, volumes)))
    run("down")
    run("down", "--volumes")
    assert asked == [("local", False), ("local", True)]


def test_a_cluster_that_somebody_else_made_is_not_ours_to_end() -> None:
    assert "not ours" in refused("down", "--provider", "existing").what


def test_a_cluster_of_kind_goes_with_its_data_and_so_only_when_told() -> None:
    assert "--volumes" in refused("down", "--provider", "kind").fix


@pytest.mark.parametrize(
    ("condition", "code"), [("up", outcome.FINE), ("down", outcome.FINE), ("degraded", outcome.FINDINGS)]
)
def test_status_has_exit_code_1_when_something_that_should_run_does_not(
    monkeypatch: pytest.MonkeyPatch, condition: str, code: int
) -> None:
    monkeypatch.setattr(state, "status", lambda name: Status(name, condition, "/k", "c"))
    shown = CliRunner().invoke(app.build(), ["cluster", "status", "--format", "json"])
    assert shown.exit_code == code
    assert json.loads(shown.stdout)["cluster"]["state"] == condition


def test_status_of_a_cluster_that_never_was_says_how_to_make_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    shown = CliRunner().invoke(app.build(), ["cluster", "status"])
    assert "absent" in shown.stdout
    assert "wireplan cluster up" in shown.stdout


def test_kubeconfig_prints_the_path_once_there_is_one(tmp_path: Path) -> None:
    assert "cluster up" in refused("kubeconfig").fix
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "kubeconfig").write_text("{}")
    assert (
        CliRunner().invoke(app.build(), ["cluster", "kubeconfig"]).stdout == f"{tmp_path}/local/kubeconfig\n"
    )


@pytest.mark.parametrize("word", ["stop", "start"])
def test_a_node_can_be_stopped_and_started_only_on_a_running_cluster(
    monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "not up" in refused("node", word, "node-1").what
    assert "no node" in refused("node", word, "node-9").what
