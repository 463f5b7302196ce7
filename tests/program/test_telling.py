"""Findings inside `pulumi up` and `pulumi preview`, and in `wireplan up`: the texts of `wireplan validate`, each once."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pytest
from typer.testing import CliRunner
from wireplan.commands.app import build
from wireplan.findings import Finding, Place, Severity
from wireplan.report.run import Checked, Run
from wireplan.rim import bringup, talk
from wireplan.rim.bringup import Wishes
from wireplan.rim.program import telling
from wireplan.rim.trouble import Trouble

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[2]
GOOD = "system: shop\nservices:\n  orders: {serves_http: http2}\n"
WAIVER = "waivers: [{allow: KAF001, until: 2999-01-01, reason: none}]\n"
WARNS = GOOD + WAIVER
BAD = WARNS.replace("serves_http: http2", "environment: {API_TOKEN: hunter2hunter2}")
LOCAL = "environment: {profile: dev, contexts: [probe]}\n"
KUBECONFIG = {
    "contexts": [{"name": "probe", "context": {"cluster": "probe", "user": "probe"}}],
    "clusters": [{"name": "probe", "cluster": {"server": "http://127.0.0.1:1"}}],
    "users": [{"name": "probe", "user": {}}],
    "current-context": "probe",
}


@dataclass(frozen=True)
class Told:
    """What a program let the engine show, what it was refused with, how many resources it registered."""

    logged: list[tuple[str, str]]
    refusal: str
    registered: int


def write(folder: Path, topology: str) -> Path:
    """A system that needs no image of its own."""
    (folder / "topology.yaml").write_text(topology)
    (folder / "local.yaml").write_text(LOCAL)
    (folder / "images.local.json").write_text('{"orders": "registry.example/orders:1"}')
    (folder / "kubeconfig").write_text(json.dumps(KUBECONFIG))
    return folder


def told(folder: Path) -> Told:
    """Run the folder's program in it, as Pulumi does."""
    path = f"{ROOT}:{ROOT / 'infra'}"
    env = {**os.environ, "PYTHONPATH": path, "KUBECONFIG": str(folder / "kubeconfig")}
    command = [sys.executable, "-m", "tests.program.told", "local"]
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    return Told([(level, text) for level, text in found["logged"]], found["refusal"], found["registered"])


def validated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The blocks that `wireplan validate` prints there, and its last lines."""
    monkeypatch.chdir(folder)
    shown = CliRunner().invoke(build(), ["validate", "--env", "local", "--color", "never"]).stdout
    return shown.rstrip("\n").split("\n\n")


def test_a_warning_is_shown_once_in_the_words_of_validate_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = told(write(tmp_path, WARNS))
    *blocks, _ = validated(tmp_path, monkeypatch)
    assert found.logged == [("WARNING", blocks[0])]
    assert "[WAI001 waiver-without-finding]" in blocks[0]
    assert blocks[0].startswith("topology.yaml:4:")
    assert "\x1b" not in blocks[0]
    assert (found.refusal, found.registered > 3) == ("", True)


def test_a_system_without_findings_says_nothing(tmp_path: Path) -> None:
    assert told(write(tmp_path, GOOD)).logged == []


def test_a_waiver_that_another_environment_needs_is_no_warning_here(tmp_path: Path) -> None:
    folder = write(tmp_path, WARNS.replace("KAF001", "SEC003"))
    secretive = (
        "environment: {contexts: [x]}\nservices: {orders: {environment: {API_TOKEN: hunter2hunter2}}}\n"
    )
    (folder / "prod.yaml").write_text(secretive)
    assert told(folder).logged == []


def test_an_error_stops_the_program_with_every_finding_in_the_words_of_validate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = told(write(tmp_path, BAD))
    blocks = validated(tmp_path, monkeypatch)
    assert found.refusal == "\n\n".join(["the topology has 1 fault", *blocks])
    assert "error: " in found.refusal
    assert "hunter2" not in found.refusal
    assert (found.logged, found.registered) == ([], 0)


def test_up_says_each_warning_once_before_it_touches_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path, WARNS)
    (folder / "images.local.json").unlink()
    monkeypatch.setattr(talk, "TIMES", talk.Times())
    with pytest.raises(Trouble, match="no image is known for orders"):
        bringup.up(folder, "local", Wishes(build=False))
    said = capfd.readouterr()
    assert said.err.count("[WAI001 waiver-without-finding]") == 1
    assert said.out == ""


def test_a_note_is_information_and_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, str]] = []
    for level in ("info", "warn"):
        monkeypatch.setattr(pulumi.log, level, lambda text, level=level: said.append((level, text)))
    at = Place("topology.yaml", 1, 1)
    found = [Finding("X", severity, at, severity.value) for severity in (Severity.NOTE, Severity.WARNING)]
    telling.tell(Run("topology.yaml", (Checked("local", "dev", tuple(found)),), {}, rules=1))
    assert said == [
        ("info", "topology.yaml:1:1: note: note [X]"),
        ("warn", "topology.yaml:1:1: warning: warning [X]"),
    ]
