"""Programs that walk into the known traps of the provider, all of them in one stack: a run is shared by what it shows of each."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
from wireplan.rim.program.build import Manifest
from wireplan.rim.program.guards import OWNER

PROJECT = "urn:pulumi:local::probe::"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


@dataclass(frozen=True)
class Given:
    """What a program has."""

    namespace: str
    provider: pulumi.ProviderResource
    hooks: pulumi.ResourceHookBinding

    def options(self, **others: Any) -> pulumi.ResourceOptions:
        """Of a resource that nobody guards."""
        return pulumi.ResourceOptions(provider=self.provider, **others)

    def guarded(self, **others: Any) -> pulumi.ResourceOptions:
        """Of a resource as a system's are."""
        return self.options(hooks=self.hooks, **others)

    def config_map(self, name: str, resource: str, options: pulumi.ResourceOptions) -> None:
        """A ConfigMap that says whose it is, as a system's do."""
        metadata = {"name": name, "namespace": self.namespace, "annotations": {OWNER: urn(resource)}}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}}
        Manifest(CONFIG_MAP, resource, body, options)

    def workload(
        self, kind: str, name: str, label: str, options: pulumi.ResourceOptions, **spec: Any
    ) -> None:
        """A workload without pods, selected by a label."""
        template = {
            "metadata": {"labels": {"app": label}},
            "spec": {"containers": [{"name": "a", "image": "registry.k8s.io/pause:3.10"}]},
        }
        whole = {"selector": {"matchLabels": {"app": label}}, "template": template, "replicas": 0, **spec}
        metadata = {"name": name, "namespace": self.namespace}
        body = {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": whole}
        Manifest(f"kubernetes:apps/v1:{kind}", name, body, options)

    def secret(self, name: str, manager: str, label: str) -> None:
        """A Secret whose value is made anew in each run, as ours are; only the first may count."""
        metadata = {
            "name": name, "namespace": self.namespace, "labels": {"a": label},
            "annotations": {"pulumi.com/patchFieldManager": manager, "pulumi.com/patchForce": "true"},
        }  # fmt: skip
        data = pulumi.Output.secret({"key": base64.b64encode(secrets.token_bytes(9)).decode()})
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}
        Manifest("kubernetes:core/v1:Secret", name, body, self.options(ignore_changes=["data"]))


def urn(resource: str, kind: str = CONFIG_MAP) -> str:
    """Of a resource of the stack."""
    return f"{PROJECT}{kind}::{resource}"


def renamed_plain(given: Given, changed: bool) -> None:
    """A resource gets another name, and its object says nothing of whose it is."""
    metadata = {"name": "plain", "namespace": given.namespace}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}}
    Manifest(CONFIG_MAP, f"plain-{'after' if changed else 'before'}", body, given.options())


def renamed_guarded(given: Given, changed: bool) -> None:
    """A resource gets another name, as a system's would."""
    given.config_map("guarded", f"guarded-{'after' if changed else 'before'}", given.guarded())


def renamed_annotated(given: Given, changed: bool) -> None:
    """A resource gets another name, and its object says whose it is; no hook looks."""
    given.config_map("annotated", f"annotated-{'after' if changed else 'before'}", given.options())


def moved(given: Given, changed: bool) -> None:
    """A resource gets another name, and the old one with it."""
    if changed:
        given.config_map("moved", "moved-after", given.guarded(aliases=[pulumi.Alias(name="moved-before")]))
    else:
        given.config_map("moved", "moved-before", given.guarded())


def strange(given: Given, changed: bool) -> None:
    """A resource whose object somebody else has made comes in."""
    if changed:
        given.config_map("strange", "strange", given.guarded())


def selected(given: Given, changed: bool) -> None:
    """A Deployment gets another selector, which cannot be updated."""
    given.workload("Deployment", "selected", "two" if changed else "one", given.options())


def held(given: Given, changed: bool) -> None:
    """A StatefulSet that holds data gets another selector."""
    options = given.options(protect=True, retain_on_delete=True)
    given.workload("StatefulSet", "held", "two" if changed else "one", options, serviceName="held")


def enlarged(given: Given, changed: bool) -> None:
    """A StatefulSet gets larger volumes."""
    request = {"requests": {"storage": "2Gi" if changed else "1Gi"}}
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": request}}
    given.workload("StatefulSet", "enlarged", "one", given.options(), serviceName="enlarged", volumeClaimTemplates=[claim])  # fmt: skip


def labelled(given: Given, changed: bool) -> None:
    """A Secret gets another label."""
    given.secret("labelled", "wireplan-a", "two" if changed else "one")


def managed(given: Given, changed: bool) -> None:
    """A Secret gets another label, by another field manager."""
    given.secret("managed", "wireplan-b" if changed else "wireplan-a", "two" if changed else "one")


Trap = Callable[[Given, bool], None]
TRAPS: tuple[Trap, ...] = (
    renamed_plain, renamed_guarded, renamed_annotated, moved, strange, selected, held, enlarged, labelled, managed,
)  # fmt: skip
