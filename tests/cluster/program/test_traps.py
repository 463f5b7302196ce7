"""Known traps of the pinned provider (pulumi-kubernetes 4.25), on a real API server: what it does, and that ours does not.

All stand in one stack. What is allowed is done in one run; what is refused is tried in a run of its own.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from pulumi.automation.errors import CommandError
from wireplan.rim.program.planning import PROTECTED
from wireplan.rim.program.progress import Progress

from tests.cluster.program import traps
from tests.cluster.program.conftest import Small

BEFORE = (
    ("ConfigMap", "guarded"), ("ConfigMap", "annotated"), ("ConfigMap", "moved"), ("ConfigMap", "plain"),
    ("Deployment", "selected"), ("StatefulSet", "held"), ("StatefulSet", "enlarged"), ("Secret", "labelled"), ("Secret", "managed"),
)  # fmt: skip
ALLOWED = (traps.renamed_plain, traps.moved, traps.selected, traps.labelled, traps.managed)

Objects = Mapping[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def before(small: Small) -> Objects:
    """The objects as they were made, before anything was changed."""
    small.up()
    found = {(kind, name): small.find(kind, name) for kind, name in BEFORE}
    assert all(found.values())
    return {key: body for key, body in found.items() if body is not None}


@pytest.fixture(scope="module")
def done(small: Small, before: Objects) -> Progress:
    """What the engine did in the run that changes all that is allowed."""
    return small.up(*ALLOWED)


def uid(body: Mapping[str, Any] | None) -> str:
    """By which an object made anew is known."""
    assert body is not None
    return body["metadata"]["uid"]


def steps(progress: Progress, word: str) -> list[str]:
    """What was done to the resources of one trap."""
    return [step.operation for step in progress.steps if step.urn.rpartition("::")[2].startswith(word)]


def test_2948_a_renamed_resource_takes_the_live_object_with_it_to_its_end(
    small: Small, done: Progress
) -> None:
    """What the provider does by itself: create adopts the object, delete of the old name destroys it, and all is well."""
    assert steps(done, "plain") == ["create", "delete"]
    assert small.find("ConfigMap", "plain") is None


def test_2948_the_guard_refuses_and_the_object_stays(small: Small, before: Objects) -> None:
    with pytest.raises(CommandError, match="guarded is already there, and it belongs to"):
        small.up(traps.renamed_guarded)
    assert uid(small.find("ConfigMap", "guarded")) == uid(before["ConfigMap", "guarded"])


def test_2948_the_annotation_alone_is_a_conflict(small: Small, before: Objects) -> None:
    """Two resources own one object by different names: also without a hook the API server refuses the second."""
    with pytest.raises(CommandError, match="conflict with"):
        small.up(traps.renamed_annotated)
    assert uid(small.find("ConfigMap", "annotated")) == uid(before["ConfigMap", "annotated"])


def test_2948_an_alias_makes_it_a_move(small: Small, before: Objects, done: Progress) -> None:
    """What `moved:` becomes: the annotation changes, the object stays the same one."""
    assert steps(done, "moved") == ["update"]
    found = small.find("ConfigMap", "moved")
    assert uid(found) == uid(before["ConfigMap", "moved"])
    assert found is not None
    assert found["metadata"]["annotations"][traps.OWNER] == traps.urn("moved-after")


def test_an_object_of_somebody_else_is_not_adopted(small: Small, before: Objects) -> None:
    small.make({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "strange"}, "data": {"by": "hand"}})  # fmt: skip
    with pytest.raises(CommandError, match="nothing says that this stack made it"):
        small.up(traps.strange)
    found = small.find("ConfigMap", "strange")
    assert found is not None
    assert found["data"] == {"by": "hand"}


def test_4522_a_replaced_object_of_the_same_name_is_there_in_the_end(
    small: Small, before: Objects, done: Progress
) -> None:
    """A changed selector cannot be updated: the provider replaces. With the name given it deletes first, so the new one stays."""
    assert steps(done, "selected").count("replace") == 1
    found = small.find("Deployment", "selected")
    assert uid(found) != uid(before["Deployment", "selected"])
    assert found is not None
    assert found["spec"]["selector"]["matchLabels"] == {"app": "two"}


def test_4522_what_holds_data_is_never_replaced(small: Small, before: Objects) -> None:
    with pytest.raises(CommandError) as refused:
        small.up(traps.held)
    (named,) = {first or second for first, second in PROTECTED.findall(str(refused.value))}
    assert named == traps.urn("held", "kubernetes:apps/v1:StatefulSet")
    assert uid(small.find("StatefulSet", "held")) == uid(before["StatefulSet", "held"])


def test_3984_an_immutable_field_of_a_statefulset_is_an_error_and_no_plan(
    small: Small, before: Objects
) -> None:
    with pytest.raises(CommandError, match="updates to statefulset spec for fields other than"):
        small.preview(traps.enlarged)


def test_a_secrets_value_survives_a_change_beside_it(small: Small, before: Objects, done: Progress) -> None:
    found = small.find("Secret", "labelled")
    assert found is not None
    assert found["metadata"]["labels"] == {"a": "two"}
    assert found["data"] == before["Secret", "labelled"]["data"]
    assert found["data"]


def test_a_changed_field_manager_takes_an_ignored_value_away(
    small: Small, before: Objects, done: Progress
) -> None:
    """Why the field manager follows from the URN and nothing else, and a Secret's URN from its name: the provider leaves
    an ignored field to its other manager, and then lets that one go."""
    assert before["Secret", "managed"]["data"]
    found = small.find("Secret", "managed")
    assert found is not None
    assert not found.get("data")


def test_no_run_leaves_the_kubeconfig_behind(small: Small, before: Objects) -> None:
    """The provider writes the one that it is given into a temporary file, credentials and all."""
    assert [one.name for one in small.temporary.iterdir()] == []
