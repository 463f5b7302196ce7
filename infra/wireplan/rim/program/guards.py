"""Guards that also a bare `pulumi up` meets: hooks that stop a step before it is taken.

An object that is already in the cluster is not adopted silently: the provider (4.25) would, and deleting the resource that
had it before would then destroy it. Who an object belongs to stands in an annotation.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pulumi

from wireplan.rim.program import protection
from wireplan.rim.program.bodies import at
from wireplan.rim.program.protection import Step
from wireplan.rim.program.settings import Settings

if TYPE_CHECKING:
    from wireplan.rim.program.kube import Cluster

OWNER = "wireplan.dev/urn"


class RefusedError(Exception):
    """A step that must not be taken; the text is for a person."""


class Guards:
    """The hooks of one run."""

    def __init__(self, settings: Settings, allowed: Sequence[str]) -> None:
        self.settings = settings
        self.allowed = tuple(allowed)

    @cached_property
    def cluster(self) -> "Cluster":
        """The cluster, asked only when something is to be created."""
        from wireplan.rim.program.kube import Cluster

        return Cluster(self.settings)

    def hooks(self) -> "pulumi.ResourceHookBinding":
        """What every resource is bound to."""
        forget_earlier_runs()
        on_preview = pulumi.ResourceHookOptions(on_dry_run=True)
        return pulumi.ResourceHookBinding(
            before_create=[pulumi.ResourceHook("wireplan-not-yet-there", self.not_there, on_preview)],
            before_update=[pulumi.ResourceHook("wireplan-no-data-lost", self.no_loss, on_preview)],
        )

    def not_there(self, args: pulumi.ResourceHookArgs) -> None:
        """Refuse to create what is there and belongs to somebody else.

        Raises:
            RefusedError: it does.
        """
        inputs = args.new_inputs or {}
        present = self.present(inputs)
        if present is None or self.settings.adopt:
            return
        owner = at(present, "metadata", "annotations", OWNER)
        if owner == at(inputs, "metadata", "annotations", OWNER):
            return  # ours, from a run that was interrupted
        raise RefusedError(stranger(inputs, owner))

    def present(self, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The object of that name in the cluster; None also where the cluster does not answer: creating will say so."""
        from wireplan.rim.program.kube import NoAnswerError

        try:
            return self.cluster.find(
                str(inputs["apiVersion"]), str(inputs["kind"]), str(inputs["metadata"]["name"])
            )
        except NoAnswerError:
            return None

    def no_loss(self, args: pulumi.ResourceHookArgs) -> None:
        """Refuse an update that destroys data.

        Raises:
            RefusedError: it does.
        """
        found = protection.refused([Step("update", args.urn, args.old_inputs, args.new_inputs)], self.allowed)
        if found:
            raise RefusedError(protection.destroyed(found))


def forget_earlier_runs() -> None:
    """Let go of the callback servers of earlier inline programs of this process.

    The SDK (3.216) keeps them in a list and stops all of them at the end of each run; one that belongs to the event loop
    of a run that failed makes the next run fail.
    """
    from pulumi.runtime import _callbacks

    servicer: Any = getattr(_callbacks, "_CallbackServicer", None)
    if servicer is not None:
        servicer._servicers.clear()


def stranger(inputs: Mapping[str, Any], owner: object) -> str:
    """The sentence for an object that is not ours."""
    name = f"{inputs['kind']} {inputs['metadata']['name']}"
    whose = f"it belongs to {owner}" if owner else "nothing says that this stack made it"
    return f"{name} is already there, and {whose}; take it over with `wireplan up --adopt` (or the config value `adopt: true`)"
