"""The running system against its topology: nothing to change, and one changed number changes what it should (issue: done when)."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.tube.kube import Kube
from tests.cluster.tube.system import ROOT

STACK = ROOT / "stacks" / "tube"


PREVIEW = 'eval "$("$0" -m wireplan tools env)" && exec pulumi preview --stack local --json --diff --non-interactive'


def preview(folder: Path) -> list[dict[str, Any]]:
    """The steps that `pulumi preview` names, as a person runs it in the stack's folder; only those that change something."""
    command = ["bash", "-c", PREVIEW, sys.executable]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
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


def told(step: dict[str, Any]) -> str:
    """A step in words: what is done, to which object, in which fields."""
    kind, _, name = step["urn"].rpartition("::")
    fields = sorted(step.get("detailedDiff") or ()) if step["op"] == "update" else []
    return " ".join([step["op"], kind.rsplit(":", 1)[-1], re.sub(r"-[0-9a-f]{10}$", "-HASH", name), *fields])


@pytest.mark.parametrize(
    ("service", "replicas", "changed"),
    [
        ("media", "3", ["update Deployment media spec.replicas"]),
        (
            "processing",
            "2..5",
            # Partitions are three times the most instances (row M4), so a Job of another name makes the topics grow.
            [
                "create Job kafka-topics-HASH",
                "delete Job kafka-topics-HASH",
                'update ConfigMap kafka-topics data["topics.json"]',
                "update HorizontalPodAutoscaler processing spec.maxReplicas",
            ],
        ),
    ],
)
def test_a_raised_number_of_replicas_changes_what_it_should_and_nothing_else(
    kube: Kube, tmp_path: Path, service: str, replicas: str, changed: list[str]
) -> None:
    folder = copy(tmp_path)
    overlay = folder / "local.yaml"
    text, head = overlay.read_text(), "services:\n"
    assert head in text
    overlay.write_text(text.replace(head, f"{head}  {service}: {{replicas: {replicas}}}\n"))
    assert sorted(map(told, preview(folder))) == changed
