"""The running system against its topology: nothing to change, and one changed number changes what it should (issue: done when)."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from wireplan.rim.engines import path

from tests.cluster.tube.kube import Kube
from tests.cluster.tube.system import ROOT

STACK = ROOT / "stacks" / "tube"


def preview(folder: Path) -> list[dict[str, Any]]:
    """The steps that `pulumi preview` names, as a person runs it in the stack's folder; only those that change something."""
    done = subprocess.run(
        [path("pulumi"), "preview", "--stack", "local", "--json", "--diff", "--non-interactive"],
        cwd=folder,
        env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return [step for step in json.loads(done.stdout)["steps"] if step["op"] != "same"]


def copy(to: Path) -> Path:
    """The stack with its state, in a folder of its own: a preview writes nothing, and the edit stays here."""
    shutil.copytree(STACK, to / "stacks" / "tube", ignore=shutil.ignore_patterns("services", "__pycache__"))
    (to / "protos").symlink_to(ROOT / "protos")
    (to / "stacks" / "tube" / "services").symlink_to(STACK / "services")
    return to / "stacks" / "tube"


def test_the_running_system_is_what_the_topology_says(kube: Kube) -> None:
    assert preview(STACK) == []


@pytest.mark.parametrize(
    ("service", "replicas", "changed"),
    [("media", "3", {"Deployment media": "spec.replicas"}), ("processing", "2..5", {})],
)
def test_a_raised_number_of_replicas_changes_what_it_should(
    kube: Kube, tmp_path: Path, service: str, replicas: str, changed: dict[str, str]
) -> None:
    folder = copy(tmp_path)
    overlay = folder / "local.yaml"
    overlay.write_text(overlay.read_text() + f"services:\n  {service}: {{replicas: {replicas}}}\n")
    steps = preview(folder)
    assert {step["op"] for step in steps} == {"update"}
    found = {step["urn"].rsplit("::", 1)[-1]: sorted(step.get("detailedDiff") or ()) for step in steps}
    print(json.dumps(found, indent=1))
    assert len(found) == len(changed)
