"""What a stack's program asks of the engine: the tree, names that never change by accident, order, protection."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Golden
from tests.manifests.conftest import made

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[2]


@cache
def registered(environment: str, *moves: str) -> dict[str, dict[str, Any]]:
    """All registrations of tube by URN."""
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'infra'}"}
    command = [sys.executable, "-m", "tests.program.registered", environment, *moves]
    done = subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    table = {one["urn"]: one for one in found["registered"]}
    assert len(table) == len(found["registered"]), "two resources with one name"
    return table


def manifests(environment: str) -> dict[str, dict[str, Any]]:
    return {urn: one for urn, one in registered(environment).items() if "$kubernetes:" in urn}


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_names_are_a_contract(environment: str, golden: Golden) -> None:
    """A changed URN is a replaced resource: change this file only with an alias."""
    golden(f"program/urns-{environment}.txt", "\n".join(sorted(registered(environment))) + "\n")


def test_every_object_is_registered_once_under_its_component() -> None:
    found = manifests("local")
    assert len(found) == len(made("local"))
    for urn, one in found.items():
        assert one["parent"].split("::")[-2].startswith("wireplan:"), urn
        assert one["provider"].split("::")[2] == "pulumi:providers:kubernetes"


@pytest.mark.row("U2")
def test_the_engine_is_given_the_very_objects() -> None:
    bodies = {(one.kind, one.name): one.body for one in made("local")}
    for urn, one in manifests("local").items():
        inputs = json.loads(json.dumps(one["inputs"]))
        wanted = json.loads(json.dumps(bodies[inputs["kind"], inputs["metadata"]["name"]]))
        annotations = inputs["metadata"].pop("annotations")
        own = {
            key: value
            for key, value in annotations.items()
            if not key.startswith(("pulumi.com/", "wireplan.dev/"))
        }
        told = wanted["metadata"].pop("annotations", {})
        assert own == {key: value for key, value in told.items() if not key.startswith("wireplan.dev/")}
        inputs.pop("data", None) if inputs["kind"] == "Secret" else None
        wanted.pop("stringData", None)
        assert inputs == wanted, urn
        assert annotations["wireplan.dev/urn"] == urn


def test_what_holds_data_is_protected_and_kept() -> None:
    held = {(one.kind, one.name) for one in made("prod") if one.holds}
    for urn, one in manifests("prod").items():
        keep = (one["inputs"]["kind"], one["inputs"]["metadata"]["name"]) in held
        assert (one["protect"], one["retain"]) == (keep, keep), urn


def test_secrets_keep_their_first_value_and_are_secret() -> None:
    secrets = [one for one in manifests("local").values() if one["inputs"]["kind"] == "Secret"]
    assert len(secrets) >= 8
    for one in secrets:
        assert one["secret"] == ["data", "stringData"]
        if (
            "Certificates" in one["parent"]
        ):  # written in the cluster: there is nothing to ignore, and a refresh may read them
            assert "data" not in one["inputs"]
            continue
        assert one["ignore"] == ["data"]
        assert one["inputs"]["data"], "a value for every key"


def test_pods_wait_for_what_they_need() -> None:
    found = registered("local")
    by_name = {
        (one["inputs"]["kind"], one["inputs"]["metadata"]["name"]): urn
        for urn, one in manifests("local").items()
    }

    def before(kind: str, name: str) -> set[str]:
        return {
            urn.split("::")[-2].rpartition(":")[2] + " " + urn.split("::")[-1]
            for urn in found[by_name[kind, name]]["after"]
        }

    upload = before("Deployment", "upload")
    assert {
        "ConfigMap upload-wiring",
        "ServiceAccount upload",
        "Service upload",
        "NetworkPolicy default-deny",
    } <= upload
    assert any(one.startswith("Job kafka-topics-") for one in upload)
    assert "Database pg-main-uploads" in upload
    assert {one for one in upload if one.startswith("Deployment ")} == {"Deployment certificates"}
    assert "StatefulSet kafka" in before(
        "Job", next(n for k, n in by_name if k == "Job" and n.startswith("kafka-topics"))
    )
    assert "Deployment edge-public" in before("Service", "edge-public"), (
        "a balancer is ready when pods are behind it"
    )
    assert "Cluster pg-main" in before("Database", "pg-main-uploads")


def test_nothing_waits_in_a_circle() -> None:
    found = registered("prod")
    seen: set[str] = set()

    def visit(urn: str, path: tuple[str, ...]) -> None:
        assert urn not in path, path
        if urn not in seen:
            for other in found[urn]["after"]:
                visit(other, (*path, urn))
            seen.add(urn)

    for urn in found:
        visit(urn, ())


def test_custom_resources_are_waited_for() -> None:
    for one in manifests("local").values():
        annotations = one["inputs"]["metadata"]["annotations"]
        if one["inputs"]["kind"] == "Cluster":
            assert annotations["pulumi.com/waitFor"] == "jsonpath={.status.readyInstances}=3"
        if one["inputs"]["kind"] == "Database":
            assert annotations["pulumi.com/waitFor"] == "jsonpath={.status.applied}=true"


def test_what_was_renamed_is_known_by_its_former_name() -> None:
    """So that the engine replaces it, and a Secret's value goes along, instead of making all of it anew beside the old."""
    moves = ("services.login=services.auth", "edges.front=edges.public", "caches.quick=caches.fast")
    found = registered("local", *moves)
    aliases = {
        (urn.split("::")[2].rpartition("$")[2], urn.split("::")[3]): one["aliases"]
        for urn, one in found.items()
    }
    assert aliases["wireplan:service:Service", "auth"] == ["login"]
    assert aliases["kubernetes:apps/v1:Deployment", "auth"] == ["login"]
    assert aliases["kubernetes:core/v1:Secret", "auth-tokens"] == ["login-tokens"]
    assert aliases["kubernetes:core/v1:ConfigMap", "auth-wiring"] == ["login-wiring"]
    assert aliases["wireplan:edge:Edge", "public"] == ["front"]
    assert aliases["kubernetes:core/v1:Secret", "edge-public-tls"] == ["edge-front-tls"]
    assert aliases["kubernetes:apps/v1:StatefulSet", "cache-fast"] == ["cache-quick"]
    others = {
        key: known
        for key, known in aliases.items()
        if not key[1].startswith(("auth", "edge-public", "cache-fast"))
    }
    assert {key for key, known in others.items() if known} == {
        ("wireplan:edge:Edge", "public"), ("wireplan:cache:Cache", "fast"),
    }  # fmt: skip


def test_without_a_move_nothing_has_another_name() -> None:
    assert not any(one["aliases"] for one in registered("local").values())
