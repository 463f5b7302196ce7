"""Known traps of the pinned provider (pulumi-kubernetes 4.25), on a real API server: what it does, and that ours does not."""

import base64
import secrets
from typing import Any

import pulumi
import pytest
from pulumi.automation.errors import CommandError
from wireplan.rim.program.build import Manifest
from wireplan.rim.program.guards import OWNER
from wireplan.rim.program.kube import Cluster

from tests.cluster.program.conftest import Small

PROJECT = "urn:pulumi:local::probe::"


def config_map(small: Small, urn: str, **data: str) -> dict[str, Any]:
    metadata = {"name": "kept", "namespace": small.settings.namespace, "annotations": {OWNER: urn}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def named(small: Small, name: str, body: dict[str, Any] | None = None) -> Any:
    """A program with one ConfigMap under a resource name."""

    def build(provider: pulumi.ProviderResource, hooks: pulumi.ResourceHookBinding | None) -> None:
        token = "kubernetes:core/v1:ConfigMap"
        found = body or config_map(small, f"{PROJECT}{token}::{name}")
        Manifest(token, name, found, pulumi.ResourceOptions(provider=provider, hooks=hooks))

    return small.stack(build)


def test_2948_a_renamed_resource_takes_the_live_object_with_it_to_its_end(small: Small) -> None:
    """What the provider does by itself: create adopts the object, delete of the old name destroys it, and all is well."""
    small.guarded = False
    plain = config_map(small, "")
    del plain["metadata"]["annotations"]
    named(small, "before", plain).up()
    named(small, "after", plain).up()
    assert Cluster(small.settings).find("v1", "ConfigMap", "kept") is None


def test_2948_the_guard_refuses_and_the_object_stays(small: Small) -> None:
    named(small, "before").up()
    with pytest.raises(CommandError, match="is already there, and it belongs to"):
        named(small, "after").up()
    assert Cluster(small.settings).find("v1", "ConfigMap", "kept") is not None


def test_2948_the_annotation_alone_is_a_conflict(small: Small) -> None:
    """Two resources own one object by different names: also without a hook the API server refuses the second."""
    small.guarded = False
    named(small, "before").up()
    with pytest.raises(CommandError, match="conflict with"):
        named(small, "after").up()
    assert Cluster(small.settings).find("v1", "ConfigMap", "kept") is not None


def test_2948_an_alias_makes_it_a_move(small: Small) -> None:
    """What `moved:` becomes: the annotation changes, the object stays the same one."""
    named(small, "before").up()
    uid = Cluster(small.settings).find("v1", "ConfigMap", "kept")["metadata"]["uid"]  # type: ignore[index]

    def build(provider: pulumi.ProviderResource, hooks: pulumi.ResourceHookBinding | None) -> None:
        token = "kubernetes:core/v1:ConfigMap"
        options = pulumi.ResourceOptions(
            provider=provider, hooks=hooks, aliases=[pulumi.Alias(name="before")]
        )
        Manifest(token, "after", config_map(small, f"{PROJECT}{token}::after"), options)

    done = small.stack(build).up()
    assert done.summary.resource_changes == {"same": 2, "update": 1}
    assert Cluster(small.settings).find("v1", "ConfigMap", "kept")["metadata"]["uid"] == uid  # type: ignore[index]


def test_an_object_of_somebody_else_is_not_adopted(small: Small) -> None:
    stranger = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept"}, "data": {"by": "hand"}}
    path = f"/api/v1/namespaces/{small.settings.namespace}/configmaps"
    Cluster(small.settings).send("POST", path, stranger, "application/json")
    with pytest.raises(CommandError, match="nothing says that this stack made it"):
        named(small, "mine").up()
    found = Cluster(small.settings).find("v1", "ConfigMap", "kept")
    assert found is not None
    assert found["data"] == {"by": "hand"}


def workload(kind: str, small: Small, **spec: Any) -> dict[str, Any]:
    container = {"name": "a", "image": "registry.k8s.io/pause:3.10"}
    template = {"metadata": {"labels": {"app": "kept"}}, "spec": {"containers": [container]}}
    body = {"selector": {"matchLabels": {"app": "kept"}}, "template": template, "replicas": 0, **spec}
    metadata = {"name": "kept", "namespace": small.settings.namespace}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": body}


def test_4522_a_replaced_object_of_the_same_name_is_there_in_the_end(small: Small) -> None:
    """A changed selector cannot be updated: the provider replaces. With the name given it deletes first, so the new one stays."""

    def with_label(value: str) -> Any:
        def build(provider: pulumi.ProviderResource, hooks: pulumi.ResourceHookBinding | None) -> None:
            body = workload("Deployment", small)
            body["spec"]["selector"] = {"matchLabels": {"app": value}}
            body["spec"]["template"]["metadata"] = {"labels": {"app": value}}
            Manifest("kubernetes:apps/v1:Deployment", "kept", body, pulumi.ResourceOptions(provider=provider))

        return small.stack(build)

    with_label("one").up()
    done = with_label("two").up()
    assert done.summary.resource_changes is not None
    assert done.summary.resource_changes.get("replace") == 1
    found = Cluster(small.settings).find("apps/v1", "Deployment", "kept")
    assert found is not None
    assert found["spec"]["selector"]["matchLabels"] == {"app": "two"}


def test_4522_what_holds_data_is_never_replaced(small: Small) -> None:
    def with_label(value: str) -> Any:
        def build(provider: pulumi.ProviderResource, hooks: pulumi.ResourceHookBinding | None) -> None:
            body = workload("StatefulSet", small, serviceName="kept")
            body["spec"]["selector"] = {"matchLabels": {"app": value}}
            body["spec"]["template"]["metadata"] = {"labels": {"app": value}}
            options = pulumi.ResourceOptions(provider=provider, protect=True, retain_on_delete=True)
            Manifest("kubernetes:apps/v1:StatefulSet", "kept", body, options)

        return small.stack(build)

    with_label("one").up()
    uid = Cluster(small.settings).find("apps/v1", "StatefulSet", "kept")["metadata"]["uid"]  # type: ignore[index]
    with pytest.raises(CommandError):
        with_label("two").up()
    assert Cluster(small.settings).find("apps/v1", "StatefulSet", "kept")["metadata"]["uid"] == uid  # type: ignore[index]


def test_3984_an_immutable_field_of_a_statefulset_is_an_error_and_no_plan(small: Small) -> None:
    def with_disk(size: str) -> Any:
        def build(provider: pulumi.ProviderResource, hooks: pulumi.ResourceHookBinding | None) -> None:
            claim = {"metadata": {"name": "data"},
                     "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}}  # fmt: skip
            body = workload("StatefulSet", small, serviceName="kept", volumeClaimTemplates=[claim])
            Manifest(
                "kubernetes:apps/v1:StatefulSet", "kept", body, pulumi.ResourceOptions(provider=provider)
            )

        return small.stack(build)

    with_disk("1Gi").up()
    with pytest.raises(CommandError, match="updates to statefulset spec for fields other than"):
        with_disk("2Gi").preview()


def secret(small: Small, manager: str, label: str) -> Any:
    """A Secret whose value is made anew in each run, as ours are; only the first may count."""

    def build(provider: pulumi.ProviderResource, hooks: pulumi.ResourceHookBinding | None) -> None:
        metadata = {
            "name": "kept", "namespace": small.settings.namespace, "labels": {"a": label},
            "annotations": {"pulumi.com/patchFieldManager": manager, "pulumi.com/patchForce": "true"},
        }  # fmt: skip
        data = pulumi.Output.secret({"key": base64.b64encode(secrets.token_bytes(9)).decode()})
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}
        options = pulumi.ResourceOptions(provider=provider, ignore_changes=["data"])
        Manifest("kubernetes:core/v1:Secret", "kept", body, options)

    return small.stack(build)


def test_a_secrets_value_survives_a_change_beside_it(small: Small) -> None:
    secret(small, "wireplan-a", "one").up()
    first = Cluster(small.settings).find("v1", "Secret", "kept")
    secret(small, "wireplan-a", "two").up()
    found = Cluster(small.settings).find("v1", "Secret", "kept")
    assert found is not None
    assert first is not None
    assert found["metadata"]["labels"] == {"a": "two"}
    assert found["data"] == first["data"]


def test_a_changed_field_manager_takes_an_ignored_value_away(small: Small) -> None:
    """Why the field manager follows from the URN and nothing else, and a Secret's URN from its name: the provider leaves
    an ignored field to its other manager, and then lets that one go."""
    secret(small, "wireplan-a", "one").up()
    secret(small, "wireplan-b", "two").up()
    found = Cluster(small.settings).find("v1", "Secret", "kept")
    assert found is not None
    assert not found.get("data")
