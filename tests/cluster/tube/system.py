"""The command line of Wireplan, as its users run it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def wireplan(*words: object, status: int = 0, timeout: float = 1200, says: str = "") -> str:
    """What `wireplan` prints; its talk is in the failure, if there is one. `says`: what stands there, as the reason of another status."""
    command = [sys.executable, "-m", "wireplan", *(str(word) for word in words)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == status, (
        f"wireplan {words}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    )
    assert says in " ".join(done.stderr.split()), done.stderr[-4000:]
    return done.stdout
