"""Pulumi by hand, as a person has it: in a stack's folder, in a shell that `wireplan tools env` has set."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from wireplan.rim.program import workspace

SET = 'eval "$("$0" -m wireplan tools env)" && pulumi stack select --create local >&2 && env -0'
PROGRAM = "from wireplan.rim.program import run\n\nrun(__file__)\n"


@dataclass(frozen=True)
class Shell:
    """A shell in the folder of a stack that is selected."""

    folder: Path
    environment: dict[str, str]
    temporary: Path
    """Where its programs put temporary files, and nobody else."""

    def pulumi(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What Pulumi says, and whether it failed."""
        command = ["pulumi", *words, "--stack", "local", "--non-interactive"]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )


def opened(folder: Path, system: str) -> Shell:
    """A shell in a folder that becomes a stack's, of which nothing was ever created."""
    temporary = folder / "temporary"
    temporary.mkdir()
    (folder / workspace.STATE).mkdir()
    (folder / workspace.PROJECT_FILE).write_text(workspace.project_text(system))
    (folder / "__main__.py").write_text(PROGRAM)
    command = ["bash", "-c", SET, sys.executable]
    told = {**os.environ, "TMPDIR": str(temporary)}
    done = subprocess.run(command, cwd=folder, env=told, capture_output=True, text=True, check=True)
    pairs = [line.partition("=") for line in done.stdout.split("\0") if line]
    return Shell(folder, {name: value for name, _, value in pairs}, temporary)
