"""Programs in a services' workspace, run as a person runs them there."""

import subprocess
from pathlib import Path

from wireplan.rim.scaffolding import workspace


def uv(folder: Path, *words: str | Path, text: str | None = None, **variables: str) -> str:
    """What uv prints, run in a workspace with `text` as its input. Where it fails, its output is the test's failure."""
    done = subprocess.run(
        [workspace.uv(), *words],
        cwd=folder,
        env={**workspace.environment(), **variables},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
