"""Objects to Pulumi resources: a component a part of the system, its objects as children, order from what needs what.

Resources are registered by their token, not by the classes of pulumi-kubernetes: those spend four times the CPU on
translating names that are right already (900 registrations: 3.5 s against 12.9 s). Types, URNs and state are the same.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pulumi

# What the SDK itself waits with, in programs that have no loop of their own.
from pulumi.runtime.sync_await import _sync_await  # pyright: ignore[reportPrivateUsage]

from wireplan.manifests.thing import Component, Object
from wireplan.rim.program import secrets, tree
from wireplan.rim.program.guards import OWNER, Guards
from wireplan.rim.program.protection import HOLDS
from wireplan.topology.types import Topology

WAVE = 500  # tube has 104 objects; measured: 1400 in one piece take 10.4 s of CPU, in waves 7.3 s
WAIT = "pulumi.com/waitFor"
MANAGER = "pulumi.com/patchFieldManager"
SKIP = "pulumi.com/skipAwait"
UNBALANCED = frozenset(
    {"kind"}
)  # clusters where a Service of type LoadBalancer never gets an address by itself
FORCE = "pulumi.com/patchForce"
SECRET_OUTPUTS = ["data", "stringData"]


class Part(pulumi.ComponentResource):
    """A node of the tree: one service, the Kafka cluster, one edge."""


class Manifest(pulumi.CustomResource):
    """One Kubernetes object."""

    status: "pulumi.Output[Any]"
    data: "pulumi.Output[Any]"


@dataclass
class Builder:
    """Registers the objects of one system."""

    topology: Topology
    provider: pulumi.ProviderResource
    guards: Guards
    maker: secrets.Maker
    made: defaultdict[Component, list[tuple[int, Manifest]]] = field(
        default_factory=lambda: defaultdict[Component, list[tuple[int, Manifest]]](list)
    )
    wave: list[Manifest] = field(default_factory=list[Manifest])
    found: dict[tuple[str, str], Manifest] = field(default_factory=dict[tuple[str, str], Manifest])

    def build(self, objects: Sequence[Object]) -> Mapping[tuple[str, str], Manifest]:
        """Register everything; the resources by kind and name."""
        hooks = self.guards.hooks()
        components: defaultdict[Component, list[Object]] = defaultdict(list)
        for one in objects:
            components[one.component].append(one)
        # Objects come in the order of applying, so what a component waits for is registered before it.
        for component, mine in components.items():
            part = self.part(component)
            for one in sorted(mine, key=tree.stage):
                self.add(one, part, hooks)
            part.register_outputs({})
        return self.found

    @cached_property
    def former(self) -> Mapping[Component, str]:
        """What components were called before."""
        return tree.former_names(self.topology.moved)

    def part(self, component: Component) -> Part:
        """The node of a component."""
        options = pulumi.ResourceOptions(aliases=aliases(self.former.get(component)))
        return Part(tree.component_token(component), component[1], {}, options)

    def add(self, one: Object, part: Part, hooks: pulumi.ResourceHookBinding) -> None:
        """One object."""
        keep = bool(one.holds) and one.holds not in self.topology.allow_data_loss
        options = pulumi.ResourceOptions(
            parent=part,
            provider=self.provider,
            depends_on=self.before(one),
            # Said by each object: the engine guesses it from the component's alias only where the names begin alike.
            aliases=aliases(tree.former_name(one, self.former)),
            protect=keep or None,
            retain_on_delete=keep or None,
            custom_timeouts=pulumi.CustomTimeouts(create=self.timeout, update=self.timeout),
            hooks=hooks,
        )
        if one.values:
            # The first value stays: what a later run makes is not even looked at.
            options.ignore_changes = ["data"]
        if one.kind == "Secret":  # also one that is filled in the cluster: a refresh would read it
            options.additional_secret_outputs = SECRET_OUTPUTS
        made = Manifest(tree.token(one), one.name, self.inputs(one), options)
        self.made[one.component].append((tree.stage(one), made))
        self.found[one.kind, one.name] = made
        self.wave.append(made)
        if len(self.wave) == WAVE:
            self.settle()

    def settle(self) -> None:
        """Wait until the engine has taken what was registered so far, before more is.

        The SDK looks through all that is outstanding for each that ends, so its work grows with the square of a wave. Only
        systems of more objects than a wave ever wait here.
        """
        wave, self.wave = self.wave, []
        _sync_await(asyncio.gather(*(made.urn.future() for made in wave)))

    @property
    def timeout(self) -> str:
        """How long an object may take, in Pulumi's spelling."""
        return f"{self.guards.settings.timeout:.0f}s"

    def before(self, one: Object) -> list[pulumi.Resource]:
        """What an object waits for: earlier stages of its own component; pods also for the parts they need."""
        stage = tree.stage(one)
        needed = [made for number, made in self.made[one.component] if number < stage]
        for component in one.after:
            if stage or component[0] == "namespace":
                needed += self.ends(component)
        return list(needed)

    def ends(self, component: Component) -> list[Manifest]:
        """The last resources of a component: when they are ready, all of it is."""
        made = self.made[component]
        last = max((number for number, _ in made), default=0)
        return [resource for number, resource in made if number == last]

    def inputs(self, one: Object) -> dict[str, Any]:
        """An object's body, and what Pulumi is told by annotations; a Secret with its values."""
        body = dict(one.body)
        metadata = dict(body["metadata"])
        urn = tree.urn(pulumi.get_stack(), pulumi.get_project(), one)
        told = {OWNER: urn, MANAGER: tree.manager(urn)}
        if one.condition:
            told[WAIT] = one.condition
        if one.kind == "Service" and tree.stage(one) and self.topology.environment.cluster in UNBALANCED:
            told[SKIP] = "true"
        if one.holds:
            told[HOLDS] = one.holds
        if self.guards.settings.adopt:
            told[FORCE] = "true"  # whoever wrote the fields before, they are ours now
        metadata["annotations"] = {**metadata.get("annotations", {}), **told}
        body["metadata"] = metadata
        if one.values:
            known = body.pop("stringData", {})
            body["data"] = pulumi.Output.secret(self.data(one, known))
        body["status"] = None  # so that it can be asked for
        return body

    def data(self, one: Object, known: Mapping[str, str]) -> dict[str, str]:
        """The values of a Secret; those that it has, where they are to be kept."""
        if self.guards.settings.adopt or self.guards.settings.reuse:
            present = self.guards.present(one.body)
            if present and present.get("data"):
                return dict(present["data"])
        return secrets.encoded({**known, **self.maker.values(one.values)})


def aliases(former: str | None) -> list[pulumi.Alias] | None:
    """Under which other name the engine may know a resource."""
    return [pulumi.Alias(name=former)] if former else None
