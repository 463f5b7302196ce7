"""A composite action, run step by step as a runner does it."""

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

BIN = Path(sys.executable).parent


@dataclass
class Job:
    """A runner's job in a temporary clone; `expressions` are the values of what stands in `${{ }}`."""

    clone: Path
    temp: Path
    expressions: dict[str, str] = field(default_factory=dict[str, str])
    exits: dict[str, int] = field(default_factory=dict[str, int])
    said: dict[str, str] = field(default_factory=dict[str, str])  # by step: what it printed
    action: Path = Path()
    environment: dict[str, str] = field(default_factory=dict[str, str])  # beside what a runner gives

    def file(self, name: str) -> Path:
        """A file that the runner gives to steps."""
        path = self.temp / name
        path.touch()
        return path

    def run(self, since: str = "", until: str = "") -> None:
        """The steps of the action, as the runner does them: stop at the first that fails. All of them, or from one on and to one."""
        action = yaml.safe_load((self.action / "action.yml").read_text())
        given = {f"inputs.{name}": str(each.get("default", "")) for name, each in action["inputs"].items()}
        self.expressions = {**given, **self.expressions}
        ids = [step["id"] for step in action["runs"]["steps"]]
        begin, end = ids.index(since) if since else 0, ids.index(until) + 1 if until else None
        for step in action["runs"]["steps"][begin:end]:
            done = subprocess.run(
                ["bash", "-c", step["run"]],
                cwd=self.clone,
                env=self.env(step),
                capture_output=True,
                text=True,
                check=False,
            )
            self.exits[step["id"]] = done.returncode
            self.said[step["id"]] = done.stdout + done.stderr
            for name, value in re.findall(r"^(\w+)=(.*)$", self.file("output").read_text(), re.MULTILINE):
                self.expressions[f"steps.{step['id']}.outputs.{name}"] = value
            self.file("output").write_text("")
            if done.returncode:
                return

    def copied(self, temp: Path) -> "Job":
        """The same job as far as it has come, with a temporary folder of its own to go on in."""
        shutil.copytree(self.temp, temp)
        here = {name: text.replace(str(self.temp), str(temp)) for name, text in self.expressions.items()}
        return dataclasses.replace(
            self, temp=temp, expressions=here, exits=dict(self.exits), said=dict(self.said)
        )

    def env(self, step: Mapping[str, Any]) -> dict[str, str]:
        """The environment of a step."""
        values = {
            name: re.sub(r"\$\{\{ (\S+) \}\}", lambda found: self.expressions[found[1]], text)
            for name, text in step.get("env", {}).items()
        }
        runner = {
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_OUTPUT": str(self.file("output")),
            "GITHUB_STEP_SUMMARY": str(self.file("summary")),
            "GITHUB_PATH": str(self.file("path")),
            "GITHUB_REPOSITORY": "wireplan/shop",
            "RUNNER_TEMP": str(self.temp),
            "GH_CALLS": str(self.file("calls")),
            "GH_COMMENTS": str(self.file("comments")),
            "GH_EXIT": self.expressions.get("gh.exit", "0"),
            "PATH": f"{self.temp / 'bin'}:{BIN}:{os.environ['PATH']}",
            "HOME": str(self.temp),
        }
        return {**runner, **self.environment, **values}

    def calls(self) -> list[str]:
        """How gh was called."""
        return self.file("calls").read_text().splitlines()
