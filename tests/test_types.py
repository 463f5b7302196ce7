"""The types of infra/ and cli.py are strict, and true."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.thorough
def test_pyright_finds_nothing() -> None:
    words = [Path(sys.executable).with_name("pyright"), "--pythonpath", sys.executable]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
