"""Guards: nothing is adopted silently, and no update destroys data."""

from typing import Any

import pulumi
import pytest
from wireplan.rim.program.guards import OWNER, Guards, RefusedError
from wireplan.rim.program.settings import Settings

ME, OTHER = "urn:pulumi:local::tube::me", "urn:pulumi:local::tube::other"


class World(Guards):
    """Guards in a cluster that holds one object, or none."""

    def __init__(
        self, there: dict[str, Any] | None, *, adopt: bool = False, allowed: tuple[str, ...] = ()
    ) -> None:
        super().__init__(Settings("context", "tube", adopt=adopt), allowed)
        self.there = there

    def present(self, inputs: Any) -> Any:
        return self.there


def arguments(new: dict[str, Any], old: dict[str, Any] | None = None) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs("urn", "id", "name", "type", new_inputs=new, old_inputs=old)


def config_map(owner: str | None, **data: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "a", "annotations": {OWNER: owner} if owner else {}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def test_a_new_object_may_be_created() -> None:
    World(None).not_there(arguments(config_map(ME)))


def test_ours_from_an_interrupted_run_is_taken_up_again() -> None:
    World(config_map(ME)).not_there(arguments(config_map(ME)))


@pytest.mark.parametrize(
    ("owner", "said"), [(None, "nothing says that this stack made it"), (OTHER, f"it belongs to {OTHER}")]
)
def test_a_strangers_object_is_refused(owner: str | None, said: str) -> None:
    """Also the rename of a resource: create would take the object over, and the delete that follows would destroy it."""
    with pytest.raises(RefusedError, match="ConfigMap a is already there") as refusal:
        World(config_map(owner)).not_there(arguments(config_map(ME)))
    assert said in str(refusal.value)
    assert "--adopt" in str(refusal.value)


def test_adopt_takes_it_over() -> None:
    World(config_map(None), adopt=True).not_there(arguments(config_map(ME)))


def test_an_update_that_destroys_data_is_refused_unless_allowed() -> None:
    old = config_map(ME, **{"topics.json": '[{"name": "a", "config": {"retention.ms": "1000"}}]'})
    new = config_map(ME, **{"topics.json": '[{"name": "a", "config": {"retention.ms": "10"}}]'})
    with pytest.raises(RefusedError, match=r"allow_data_loss: \[topic a\]"):
        World(None).no_loss(arguments(new, old))
    World(None, allowed=("topic a",)).no_loss(arguments(new, old))
