"""What stands in for a relay and for gateways: outside the system, small and restricted, and sent to as the real ones would be (row M3)."""

import json
from pathlib import Path
from typing import Any

import pytest
from wireplan.manifests import sinks
from wireplan.manifests.objects import objects as all_objects
from wireplan.manifests.standins import Secrets
from wireplan.rim import sources
from wireplan.topology import names
from wireplan.topology.types import Topology

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube" / "topology.yaml"
SECRETS = Secrets("a certificate", "a key", "what both know")
IMAGE = "wireplan.local/tools:1"


@pytest.fixture(scope="module")
def local() -> Topology:
    """tube on one machine."""
    return sources.topology(TUBE, "local")


def made(topology: Topology, name: str, secrets: Secrets = SECRETS) -> dict[str, dict[str, Any]]:
    """The objects of one, by kind."""
    external = topology.externals[name]
    return {each["kind"]: each for each in sinks.objects(external, secrets, IMAGE)}


def test_each_system_that_is_used_and_brought_has_one(local: Topology) -> None:
    assert [each.name for each in sinks.brought(local)] == ["mail", "push", "sms"]
    assert not list(sinks.brought(sources.topology(TUBE, "prod")))


def test_it_lies_outside_the_system_and_fits_the_restricted_standard(local: Topology) -> None:
    found = made(local, "mail")
    assert {each["metadata"].get("namespace") for kind, each in found.items() if kind != "Namespace"} == {
        names.OUTSIDE
    }
    spec = found["Deployment"]["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"] == "64Mi"
    assert container["image"] == IMAGE


def test_it_listens_where_services_are_let_out_to(local: Topology) -> None:
    """The port of the address in the topology, at the pod itself."""
    for name, port in (("mail", 2525), ("push", 8446), ("sms", 8447)):
        found = made(local, name)
        service = found["Service"]["spec"]
        assert service["clusterIP"] == "None"
        assert [each["port"] for each in service["ports"]] == [port]
        assert json.loads(found["ConfigMap"]["data"][sinks.FILE])["port"] == port
        assert local.externals[name].address == names.dns(f"external-{name}", names.OUTSIDE)


def test_secrets_come_as_files_and_another_one_is_another_pod(local: Topology) -> None:
    one, other = made(local, "mail"), made(local, "mail", Secrets("a certificate", "a key", "another"))
    assert SECRETS.client not in json.dumps([one["Deployment"], one["ConfigMap"]])
    checks = [each["Deployment"]["spec"]["template"]["metadata"]["annotations"] for each in (one, other)]
    assert checks[0] != checks[1]


def test_only_who_sends_by_a_system_has_its_secret_and_is_let_out_to_it(local: Topology) -> None:
    """And none of them any other service's."""
    found = {each.key[1:]: each.body for each in all_objects(local, {})}
    for service, external, port in (
        ("notifications-email", "mail", 2525),
        ("notifications-push", "push", 8446),
        ("notifications-sms", "sms", 8447),
    ):
        spec = found["Deployment", service]["spec"]["template"]["spec"]
        secrets = {each["secret"]["secretName"] for each in spec["volumes"] if "secret" in each}
        assert secrets == {f"external-{external}-tls", f"external-{external}-auth", f"pg-main-{service}"}
        text = json.dumps(found["NetworkPolicy", service])
        assert [number in text for number in ("2525", "8446", "8447")] == [
            number == str(port) for number in ("2525", "8446", "8447")
        ]
    whole = json.dumps([found["NetworkPolicy", "notifications"], found["Deployment", "notifications"]])
    assert not any(word in whole for word in ("2525", "8446", "8447", "external-"))


def test_parts_run_the_code_of_their_whole(local: Topology) -> None:
    found = {
        each.key[1:]: each.body for each in all_objects(local, {"notifications": "registry/notifications:7"})
    }
    for service in ("notifications", "notifications-email", "notifications-push", "notifications-sms"):
        (container,) = found["Deployment", service]["spec"]["template"]["spec"]["containers"]
        assert container["image"] == "registry/notifications:7"


def test_without_the_switch_the_one_service_has_all_of_it() -> None:
    """The same topics and groups: offsets go on where the other way of running had come to."""
    whole, split = (sources.topology(TUBE, environment) for environment in ("prod", "local"))
    one = whole.services["notifications"]
    assert set(one.channels) == {"email", "push", "sms"}
    assert not [each for each in whole.services.values() if each.part_of]
    groups = {
        topic: group.group
        for service in split.services.values()
        if service.part_of
        for topic, group in service.consumes.items()
    }
    assert groups == {topic: one.consumes[topic].group for topic in groups}
    found = {each.key[1:]: each.body for each in all_objects(whole, {})}
    assert ("Deployment", "notifications-email") not in found
    text = json.dumps(found["NetworkPolicy", "notifications"])
    assert '"port": 587' in text
