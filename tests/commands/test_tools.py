"""`wireplan tools`: data on stdout, wrong use told in a sentence."""

import json

import pytest
from typer.testing import CliRunner
from wireplan.commands import app, outcome
from wireplan.rim.engines import survey
from wireplan.rim.engines.survey import Row
from wireplan.rim.trouble import Trouble

ROWS = [
    Row("kube", "1.34.4", "cluster", ("build",), "/tools/kube", "Kubernetes"),
    Row("go", "1.27.3", "build", ("wheel",), "", "Go"),
]


@pytest.fixture(autouse=True)
def surveyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "survey", lambda: ROWS)


def test_the_list_says_where_each_program_is_or_how_it_would_be_had() -> None:
    shown = CliRunner().invoke(app.build(), ["tools", "list"])
    assert shown.exit_code == outcome.FINE
    assert shown.stdout.splitlines() == [
        "kube  1.34.4     cluster   /tools/kube",
        "go    1.27.3     build     not here; by wheel",
    ]


def test_the_list_as_json_has_a_version() -> None:
    shown = CliRunner().invoke(app.build(), ["tools", "list", "--format", "json"])
    assert json.loads(shown.stdout)["version"] == 1
    assert [tool["name"] for tool in json.loads(shown.stdout)["tools"]] == ["kube", "go"]


def test_an_unknown_format_is_refused() -> None:
    shown = CliRunner().invoke(app.build(), ["tools", "list", "--format", "yaml"])
    assert isinstance(shown.exception, Trouble)


def test_path_prints_the_path_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wireplan.rim.engines.path", lambda name: f"/tools/{name}")
    assert CliRunner().invoke(app.build(), ["tools", "path", "kubectl"]).stdout == "/tools/kubectl\n"


def test_install_names_what_it_does_not_know() -> None:
    shown = CliRunner().invoke(app.build(), ["tools", "install", "kubektl"])
    assert isinstance(shown.exception, Trouble)
    assert "kubektl" in shown.exception.what


def test_install_can_be_told_a_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    had: list[str] = []
    monkeypatch.setattr("wireplan.rim.engines.install.path", had.append)
    assert CliRunner().invoke(app.build(), ["tools", "install", "--for", "checks"]).exit_code == outcome.FINE
    assert had == ["kubeconform", "actionlint", "buf", "squawk", "promtool"]


def test_env_prints_lines_for_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wireplan.rim.engines.shell.exports", lambda: ["export A=1"])
    assert CliRunner().invoke(app.build(), ["tools", "env"]).stdout == "export A=1\n"
