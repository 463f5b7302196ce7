"""A process of ours looks for cycles of garbage rarely, whichever way it was begun."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest
from wireplan.rim import collecting
from wireplan.rim.program import run


@pytest.fixture(autouse=True)
def kept() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_a_stacks_program_looks_rarely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "get_stack", lambda: "local")
    with pytest.raises(pulumi.RunError):
        run(str(tmp_path / "__main__.py"))
    assert gc.get_threshold() == collecting.RARELY


def test_a_command_looks_rarely() -> None:
    asked = "import atexit, gc, sys; atexit.register(lambda: print(gc.get_threshold())); sys.argv = ['wireplan', '--version']"
    words = [sys.executable, "-c", f"{asked}\nfrom wireplan.commands.app import main\nmain()"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == str(collecting.RARELY)
