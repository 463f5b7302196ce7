"""The running system against its topology: nothing to change, and one changed number changes what it should (issue: done when)."""

import re
from typing import Any

import pytest

from tests.cluster.tube.previews import AS_IT_IS, Change, Previews


def test_the_running_system_is_what_the_topology_says(previews: Previews) -> None:
    assert previews.steps(AS_IT_IS) == []


def told(step: dict[str, Any]) -> str:
    """A step in words: what is done, to which object, in which fields."""
    kind, _, name = step["urn"].rpartition("::")
    fields = sorted(step.get("detailedDiff") or ()) if step["op"] == "update" else []
    return " ".join([step["op"], kind.rsplit(":", 1)[-1], re.sub(r"-[0-9a-f]{10}$", "-HASH", name), *fields])


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (("media", "3"), ["update Deployment media spec.replicas"]),
        (
            ("processing", "2..5"),
            # Partitions are three times the most instances (row M4), so a Job of another name makes the topics grow.
            [
                "create Job kafka-topics-HASH",
                "delete Job kafka-topics-HASH",
                'update ConfigMap kafka-topics data["topics.json"]',
                "update HorizontalPodAutoscaler processing spec.maxReplicas",
            ],
        ),
    ],
    ids=str,
)
def test_a_raised_number_of_replicas_changes_what_it_should_and_nothing_else(
    previews: Previews, change: Change, changed: list[str]
) -> None:
    assert sorted(map(told, previews.steps(change))) == changed
