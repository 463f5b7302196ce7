"""Findings in a bare `pulumi preview`: as a person runs it in the stack's folder, with a real engine."""

import json
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from wireplan.commands.app import build
from wireplan.rim.program import workspace

from tests.cluster.program.conftest import write

PULUMI = 'eval "$("$0" -m wireplan tools env)" && pulumi stack select --create local >/dev/null && exec pulumi preview --stack local --json --non-interactive'
PROGRAM = "from wireplan.rim.program import run\n\nrun(__file__)\n"
UNUSED = {"allow": "KAF001", "until": "2999-01-01", "reason": "none"}
LOCAL = {"environment": {"profile": "dev", "cluster": "embedded", "contexts": ["wireplan-local"]}}


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """The folder of a stack that nothing was ever created of."""
    name = f"findings-{secrets.token_hex(2)}"
    (tmp_path / workspace.STATE).mkdir()
    (tmp_path / workspace.PROJECT_FILE).write_text(workspace.project_text(name))
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return system(tmp_path, {})


def system(folder: Path, environment: dict[str, str]) -> Path:
    """A system with a waiver that allows nothing, which is a warning."""
    orders = {"serves_http": "http2", "environment": environment}
    name = folder.joinpath(workspace.PROJECT_FILE).read_text().partition("\n")[0].removeprefix("name: ")
    topology = {"wireplan": 1, "system": name, "services": {"orders": orders}, "waivers": [UNUSED]}
    return write(folder, topology, LOCAL, {"orders": "registry.example/orders:1"})


def preview(folder: Path) -> tuple[int, list[dict[str, Any]], str]:
    """The exit code, what Pulumi shows beside its plan, and all that was written."""
    command = ["bash", "-c", PULUMI, sys.executable]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    whole = done.stdout + done.stderr
    begin = done.stdout.find("{")
    assert begin >= 0, whole
    shown, _ = json.JSONDecoder().raw_decode(done.stdout[begin:])
    return done.returncode, shown.get("diagnostics") or [], whole


def validated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The blocks that `wireplan validate` prints there, and its last lines."""
    monkeypatch.chdir(folder)
    shown = CliRunner().invoke(build(), ["validate", "--env", "local", "--color", "never"]).stdout
    return shown.rstrip("\n").split("\n\n")


def test_a_bare_preview_shows_each_warning_once_in_the_words_of_validate(
    stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, shown, whole = preview(stack)
    assert code == 0, whole
    *blocks, _ = validated(stack, monkeypatch)
    assert "[WAI001 waiver-without-finding]" in blocks[0]
    warnings = [each["message"] for each in shown if each.get("severity") == "warning"]
    ours = [text.strip().removeprefix("warning: ") for text in warnings if "[WAI001 " in text]
    assert ours == blocks


def test_a_bare_preview_stops_at_an_error_in_the_words_of_validate(
    stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, shown, whole = preview(system(stack, {"API_TOKEN": "hunter2hunter2"}))
    assert code != 0
    assert "hunter2" not in whole
    told = "\n".join(each["message"] for each in shown)
    for block in validated(stack, monkeypatch):
        assert block in told, whole
