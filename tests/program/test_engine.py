"""The real engine through the Automation API, with a program that needs no cluster: how often it is started, and what for."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
from pulumi import automation
from wireplan.rim.program import planning, workspace
from wireplan.rim.program.engine import Engine
from wireplan.rim.trouble import Trouble

pytestmark = pytest.mark.thorough

MODES = {"stack": 2}
"""Words of a command that say what is done, where it is not one."""


class System:
    """A stack of one component, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outputs: dict[str, Any] = {"urls": {"public": "https://small.localhost"}}
        self.secrets: dict[str, str] = {}

    def stack(self) -> automation.Stack:
        return workspace.stack(self.folder, "small", "local", self.program)

    def program(self) -> None:
        pulumi.ComponentResource("small:index:Part", "part")
        for name, value in self.outputs.items():
            pulumi.export(name, value)
        for name, text in self.secrets.items():
            pulumi.export(name, pulumi.Output.secret(text))


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield System(tmp_path_factory.mktemp("small"))


@pytest.fixture(autouse=True)
def starts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the engine is started for. It counts what the operating system is asked to start, whatever way the SDK goes."""
    seen: list[str] = []
    start = subprocess.Popen.__init__

    def counted(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        program, *words = [str(word) for word in args]
        if Path(program).name == "pulumi":
            seen.append(" ".join(words[: MODES.get(words[0], 1)]))
        start(self, args, *rest, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", counted)
    return seen


def told(outputs: Mapping[str, automation.OutputValue]) -> dict[str, tuple[Any, bool]]:
    return {name: (output.value, output.secret) for name, output in outputs.items()}


def test_a_new_stack_is_made_and_brought_up_by_one_start_each(system: System, starts: list[str]) -> None:
    stack = system.stack()
    assert not planning.state(stack).get("resources")
    assert told(stack.up().outputs) == {"urls": (system.outputs["urls"], False)}
    assert starts == ["stack init", "up"]


def test_looking_at_a_stack_that_is_up_starts_nothing_but_the_preview(
    system: System, starts: list[str]
) -> None:
    stack = system.stack()
    before = planning.state(stack)
    planned = planning.preview(stack, before)
    assert (planning.changing(planned), planned.counts) == (False, {"same": 2})
    assert told(stack.outputs()) == {"urls": (system.outputs["urls"], False)}
    assert starts == ["preview"]


def test_the_state_that_is_read_is_the_one_that_the_engine_exports(system: System) -> None:
    stack = system.stack()
    asked = automation.LocalWorkspace.export_stack(cast("Any", stack.workspace), "local")
    assert stack.export_stack().deployment == asked.deployment
    assert asked.deployment


def test_a_secret_stays_encrypted_in_the_state_and_is_told_as_one_among_the_outputs(system: System) -> None:
    system.secrets["token"] = "hunter2hunter2"
    stack = system.stack()
    stack.up()
    state = planning.state(stack)
    assert "hunter2" not in json.dumps(state)
    planning.restore(stack, state)
    assert told(stack.outputs())["token"] == ("hunter2hunter2", True)


def test_a_passphrase_that_does_not_fit_is_told(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = system.stack()
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "another")
    stack = system.stack()
    with pytest.raises(Trouble, match="does not fit the stack local"):
        planning.preview(stack, planning.state(stack))


def test_a_state_in_a_form_that_is_not_known_is_asked_for(system: System, starts: list[str]) -> None:
    stack = system.stack()
    (file,) = (system.folder / "state").rglob("local.json")
    text = file.read_text()
    file.write_text(json.dumps({"version": 99, "checkpoint": {"latest": {"resources": []}}}))
    try:
        with pytest.raises(automation.CommandError):
            stack.export_stack()
    finally:
        file.write_text(text)
    assert starts == ["stack export"]


def test_a_state_that_is_elsewhere_is_asked_for(
    system: System, starts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    stack = system.stack()
    assert not planning.state(stack).get("resources"), "not that of the folder"
    assert starts == ["stack select", "stack init", "stack export"]


def test_destroying_asks_nothing_else(system: System, starts: list[str]) -> None:
    system.stack().destroy()
    assert starts == ["destroy"]


FAKE = """\
#!/bin/sh
echo credentials >"$TMPDIR/kubeconfig42"
ls "$TMPDIR"
exit "$1"
"""


def engine(folder: Path) -> Engine:
    """One that writes into its temporary folder and leaves it there."""
    program = folder / "pulumi"
    program.write_text(FAKE)
    program.chmod(0o755)
    return Engine(program, folder / "tmp", lambda: Trouble("another passphrase"))


@pytest.mark.parametrize("code", ["0", "1"])
def test_what_a_provider_leaves_goes_with_the_run(tmp_path: Path, code: str) -> None:
    run = engine(tmp_path)
    try:
        said = run.run([code], str(tmp_path), {}).stdout
    except automation.CommandError as error:
        said = str(error)
    assert "kubeconfig42" in said
    assert list((tmp_path / "tmp").iterdir()) == []
    assert (tmp_path / "tmp").stat().st_mode & 0o777 == 0o700


def test_what_a_killed_run_has_left_goes_with_the_next_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    run = engine(tmp_path)
    child = subprocess.Popen(["true"])
    child.wait()
    dead, living = tmp_path / "tmp" / f"{child.pid}-x", tmp_path / "tmp" / f"{os.getppid()}-x"
    for folder in (dead, living):
        folder.mkdir(parents=True)
        (folder / "kubeconfig1").touch()
    run.run(["0"], str(tmp_path), {})
    assert [one.name for one in (tmp_path / "tmp").iterdir()] == [living.name]
