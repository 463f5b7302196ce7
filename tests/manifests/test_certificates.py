"""What signs the services' certificates: its rights, what it is told, and that nobody starts without one."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from wireplan.manifests import certificates
from wireplan.manifests.thing import Object
from wireplan.topology import mtls

from tests.manifests.conftest import made, resolved

AUTHORITY = "certificates-authority"


@pytest.fixture(scope="module")
def local() -> Sequence[Object]:
    """The objects of tube where it is turned on."""
    return made("local")


def one(objects: Sequence[Object], kind: str, name: str) -> Any:
    """The body of an object."""
    (found,) = (each.body for each in objects if (each.kind, each.name) == (kind, name))
    return found


def secrets() -> list[str]:
    """Those that are written in the cluster."""
    return [AUTHORITY, *(each.secret for each in mtls.holders(resolved("local")))]


def test_nothing_of_it_is_there_where_it_is_off() -> None:
    assert not [
        each for each in made("prod") if "certificates" in each.component or each.name.endswith("-mtls")
    ]


def test_it_may_read_and_change_its_own_secrets_and_nothing_else(local: Sequence[Object]) -> None:
    [rule] = one(local, "Role", "certificates")["rules"]
    assert rule == {
        "apiGroups": [""],
        "resources": ["secrets"],
        "resourceNames": secrets(),
        "verbs": ["get", "patch"],
    }
    assert [each.kind for each in local if each.kind.endswith(("Role", "RoleBinding"))] == [
        "Role",
        "RoleBinding",
    ]


def test_its_secrets_are_made_without_values_and_nobody_makes_any(local: Sequence[Object]) -> None:
    for name in secrets():
        (found,) = (each for each in local if (each.kind, each.name) == ("Secret", name))
        assert not found.values
        assert {"data", "stringData"} & set(found.body) == set()


def test_the_only_pod_with_a_token_is_the_one_that_signs(local: Sequence[Object]) -> None:
    pods = {
        each.name: each.body["spec"]["template"]["spec"]
        for each in local
        if "template" in each.body.get("spec", ())
    }
    with_token = [
        name
        for name, pod in pods.items()
        if isinstance(pod, dict) and pod.get("automountServiceAccountToken")
    ]
    assert with_token == ["certificates"]


def test_it_is_told_whose_certificates_to_keep_and_for_how_long(local: Sequence[Object]) -> None:
    told = json.loads(one(local, "ConfigMap", "certificates")["data"]["certificates.json"])
    assert (told["lifetime"], told["renewed_after"]) == (43_200, 21_600)
    assert {each["secret"] for each in told["certificates"]} | {told["authority"]} == set(secrets())


def test_a_pod_waits_for_every_file_of_its_certificate(local: Sequence[Object]) -> None:
    """A Secret that is there and empty is mounted as an empty folder, unless its keys are named."""
    for holder in mtls.holders(resolved("local")):
        body = one(local, "Deployment", holder.service)["spec"]["template"]["spec"]
        (volume,) = (each["secret"] for each in body["volumes"] if each["name"] == "secret-mtls")
        assert volume["secretName"] == holder.secret
        assert [each["key"] for each in volume["items"]] == list(certificates.FILES)
        assert "optional" not in volume
        (main,) = body["containers"]
        assert {"name": "secret-mtls", "mountPath": mtls.FOLDER, "readOnly": True} in main["volumeMounts"]


def test_services_come_after_it_and_only_those_that_need_it(local: Sequence[Object]) -> None:
    own = ("certificates", "certificates")
    after = {
        each.name
        for each in local
        if each.component[0] == "service" and own in each.after and each.kind != "Secret"
    }
    holders = {each.service for each in mtls.holders(resolved("local"))}
    assert holders <= after
    assert "media" not in after


def test_there_is_one_and_never_two(local: Sequence[Object]) -> None:
    spec = one(local, "Deployment", "certificates")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
