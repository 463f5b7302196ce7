"""Findings in a bare `pulumi preview`: as a person runs it in the stack's folder, with a real engine."""

import json
import secrets
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from wireplan.commands.app import build

from tests.cluster.program.conftest import write
from tests.cluster.program.shell import Shell, opened

NAME = f"findings-{secrets.token_hex(2)}"
UNUSED = {"allow": "KAF001", "until": "2999-01-01", "reason": "none"}
LOCAL = {"environment": {"profile": "dev", "cluster": "embedded", "contexts": ["wireplan-local"]}}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """In the folder of a stack that nothing was ever created of."""
    return opened(tmp_path_factory.mktemp("findings"), NAME)


def preview(shell: Shell, environment: dict[str, str]) -> tuple[int, list[dict[str, Any]], str]:
    """Of a system with a waiver that allows nothing, which is a warning: the exit code, what Pulumi shows beside its plan, and all that was written."""
    orders = {"serves_http": "http2", "environment": environment}
    topology = {"wireplan": 1, "system": NAME, "services": {"orders": orders}, "waivers": [UNUSED]}
    write(shell.folder, topology, LOCAL, {"orders": "registry.example/orders:1"})
    done = shell.pulumi("preview", "--json")
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
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, shown, whole = preview(shell, {})
    assert code == 0, whole
    *blocks, _ = validated(shell.folder, monkeypatch)
    assert "[WAI001 waiver-without-finding]" in blocks[0]
    warnings = [each["message"] for each in shown if each.get("severity") == "warning"]
    ours = [text.strip().removeprefix("warning: ") for text in warnings if "[WAI001 " in text]
    assert ours == blocks


def test_a_bare_preview_stops_at_an_error_in_the_words_of_validate(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, shown, whole = preview(shell, {"API_TOKEN": "hunter2hunter2"})
    assert code != 0
    assert "hunter2" not in whole
    told = "\n".join(each["message"] for each in shown)
    for block in validated(shell.folder, monkeypatch):
        assert block in told, whole
