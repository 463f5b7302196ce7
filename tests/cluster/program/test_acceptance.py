"""Every object of all three stacks is accepted: by kubeconform with the running server's schemas, and by the server itself."""

import copy
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wireplan.report import manifest_files
from wireplan.rim import engines, process
from wireplan.rim.program.kube import CLUSTER_WIDE, Cluster, address
from wireplan.rim.program.settings import Settings

from tests.cluster.program import schemas
from tests.cluster.tube.wait import eventually
from tests.manifests.conftest import ENVIRONMENTS, made
from tests.manifests.test_providers import CRDS

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
APPLY = "application/apply-patch+yaml"
DRY = "dryRun=All&fieldValidation=Strict&fieldManager=wireplan-probe&force=true"


@pytest.fixture(scope="module")
def api(where: Settings) -> Cluster:
    return Cluster(Settings(where.context, f"accept-{secrets.token_hex(3)}", where.kubeconfig))


@pytest.fixture(scope="module")
def strimzi(api: Cluster) -> Iterator[None]:
    """Strimzi's definitions, for as long as these tests run, unless they are there."""
    mine: list[str] = []
    for definition in json.loads(CRDS.read_text()):
        name = definition["metadata"]["name"]
        if api.get(f"{DEFINITIONS}/{name}") is None:
            api.send("POST", DEFINITIONS, definition, "application/json")
            mine.append(name)
    wait_served(api)
    yield
    for name in mine:
        api.send("DELETE", f"{DEFINITIONS}/{name}")


def wait_served(api: Cluster) -> None:
    """Until the server knows the new kinds and describes them."""
    eventually(
        lambda: (
            api.get("/apis/kafka.strimzi.io/v1")
            and "apis/kafka.strimzi.io/v1" in (api.get("/openapi/v3") or {})["paths"]
        ),
        "the server serves kafka.strimzi.io/v1",
        30,
    )


@pytest.fixture(scope="module")
def namespace(api: Cluster, strimzi: None) -> Iterator[str]:
    """A namespace with the labels of ours, so that the restricted standard is enforced."""
    body = copy.deepcopy(next(one.body for one in made("local") if one.kind == "Namespace"))
    body["metadata"]["name"] = api.namespace
    api.send("POST", address("v1", "Namespace", ""), body, "application/json")
    yield api.namespace
    api.send("DELETE", address("v1", "Namespace", "", api.namespace))


def here(body: dict[str, Any], namespace: str) -> dict[str, Any]:
    """An object as it would be in the test's namespace."""
    found = copy.deepcopy(body)
    if found["kind"] in CLUSTER_WIDE:
        found["metadata"]["name"] = namespace
    else:
        found["metadata"]["namespace"] = namespace
    return found


@pytest.fixture(scope="module")
def location(api: Cluster, strimzi: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The schemas of all kinds that any stack has."""
    kinds = {(str(one.body["apiVersion"]), one.kind) for name in ENVIRONMENTS for one in made(name)}
    return schemas.write(api, kinds, tmp_path_factory.mktemp("schemas"))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_kubeconform_accepts_every_object(environment: str, location: str, tmp_path: Path) -> None:
    for name, text in manifest_files.files(made(environment), environment).items():
        (tmp_path / name).write_text(text)
    words = ["-strict", "-summary", "-output", "json", "-schema-location", location, tmp_path]
    found = json.loads(process.output([engines.path("kubeconform"), *words]))
    assert found["summary"] == {"valid": len(made(environment)), "invalid": 0, "errors": 0, "skipped": 0}


def test_kubeconform_would_say_so(location: str, tmp_path: Path) -> None:
    """The check itself is checked: a field that is not there, and a wrong type."""
    body = copy.deepcopy(next(one.body for one in made("local") if one.kind == "Deployment"))
    body["spec"]["replcas"] = 2
    body["spec"]["revisionHistoryLimit"] = "three"
    (tmp_path / "bad.json").write_text(json.dumps(body))
    command = [
        engines.path("kubeconform"),
        "-strict",
        "-output",
        "json",
        "-schema-location",
        location,
        tmp_path / "bad.json",
    ]
    import subprocess

    done = subprocess.run([str(word) for word in command], capture_output=True, check=False)
    found = json.loads(done.stdout)["resources"][0]
    assert found["status"] == "statusInvalid"
    assert "replcas" in found["msg"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_server_accepts_every_object(environment: str, api: Cluster, namespace: str) -> None:
    for one in made(environment):
        body = here(one.body, namespace)
        path = address(body["apiVersion"], body["kind"], namespace, body["metadata"]["name"])
        assert api.send("PATCH", f"{path}?{DRY}", body, APPLY), one.key


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_server_admits_every_pod(environment: str, api: Cluster, namespace: str) -> None:
    """The restricted standard is enforced on pods, so each template is asked for as one."""
    for one in made(environment):
        if one.kind in ("Deployment", "StatefulSet", "Job"):
            template = one.body["spec"]["template"]
            spec = {**template["spec"], "serviceAccountName": "default"}
            claims = one.body["spec"].get("volumeClaimTemplates", [])
            volumes = [{"name": claim["metadata"]["name"], "emptyDir": {}} for claim in claims]
            spec["volumes"] = [*spec.get("volumes", []), *volumes]
            metadata = {**template["metadata"], "name": "probe", "namespace": namespace}
            body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
            path = address("v1", "Pod", namespace)
            assert api.send("POST", f"{path}?dryRun=All&fieldValidation=Strict", body, "application/json"), (
                one.key
            )
