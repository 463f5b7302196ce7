"""Patches from the topology file."""

import dataclasses
from typing import Any

import pytest
from wireplan.manifests.objects import objects
from wireplan.manifests.patches import PatchError, merged
from wireplan.manifests.thing import Object

from tests.manifests.conftest import images, resolved


def patched(*patches: dict[str, Any]) -> dict[tuple[str, str], Object]:
    topology = dataclasses.replace(
        resolved("local"), patches=tuple({"reason": "test", "name": None, **p} for p in patches)
    )
    return {(one.kind, one.name): one for one in objects(topology, images(topology))}


def test_a_patch_changes_one_object_or_all_of_a_kind() -> None:
    found = patched(
        {"kind": "Deployment", "name": "upload", "merge": {"spec": {"replicas": 5}}},
        {"kind": "Service", "merge": {"metadata": {"annotations": {"team": "video"}}}},
    )
    assert found["Deployment", "upload"].body["spec"]["replicas"] == 5
    assert found["Deployment", "auth"].body["spec"]["replicas"] == 2
    assert all(
        one.body["metadata"]["annotations"] == {"team": "video"}
        for key, one in found.items()
        if key[0] == "Service"
    )


def test_a_patch_leaves_what_the_next_run_starts_from() -> None:
    patched({"kind": "Deployment", "name": "upload", "merge": {"spec": {"replicas": 5}}})
    assert patched()["Deployment", "upload"].body["spec"]["replicas"] == 2


def test_null_removes() -> None:
    assert merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": None}, "d": [2, 3]}) == {
        "a": {"c": 2},
        "d": [2, 3],
    }


@pytest.mark.parametrize(("patch", "said"), [
    ({"kind": "Deployment", "name": "uplaod", "merge": {}}, "meets no object: Deployment uplaod"),
    ({"kind": "Deployment", "name": "upload", "merge": {"kind": "StatefulSet"}}, "changes apiVersion, kind, name or namespace"),
    ({"kind": "Deployment", "name": "upload", "merge": {"metadata": {"name": "x"}}}, "changes apiVersion"),
])  # fmt: skip
def test_a_patch_that_cannot_be_meant_is_refused(patch: dict[str, Any], said: str) -> None:
    with pytest.raises(PatchError, match=said) as refused:
        patched(patch)
    assert refused.value.why
    assert refused.value.fix


def test_a_patch_that_meets_nothing_is_told_what_there_is() -> None:
    with pytest.raises(PatchError) as refused:
        patched({"kind": "StatefulSet", "name": "kafak", "merge": {}})
    assert "objects of that kind: " in refused.value.fix
    assert "kafka" in refused.value.fix
    with pytest.raises(PatchError, match="PAT001") as refused:
        patched({"kind": "Deploymnt", "merge": {}})
    assert refused.value.fix.startswith("kinds: ")
