"""The matrix of what a person and the templates may each have done to a file."""

import itertools

import pytest
from wireplan.skeletons import merge
from wireplan.skeletons.merge import Step

OLD, NEW, EDITED = "old\n", "new\n", "old, edited\n"


@pytest.mark.parametrize(
    ("mine", "base", "new", "step"),
    [
        pytest.param(None, None, NEW, Step.CREATE, id="new file"),
        pytest.param(NEW, None, NEW, Step.CURRENT, id="written just before the run was cut short"),
        pytest.param(EDITED, None, NEW, Step.IN_THE_WAY, id="a file of theirs where ours belongs"),
        pytest.param(OLD, OLD, OLD, Step.CURRENT, id="untouched, same template"),
        pytest.param(OLD, OLD, NEW, Step.REWRITE, id="untouched, template changed"),
        pytest.param(EDITED, OLD, OLD, Step.EDITED, id="edited, same template"),
        pytest.param(EDITED, OLD, NEW, Step.MERGE, id="both edited"),
        pytest.param(NEW, OLD, NEW, Step.CURRENT, id="both made the same edit"),
        pytest.param(None, OLD, OLD, Step.STAYS_DELETED, id="deleted, same template"),
        pytest.param(None, OLD, NEW, Step.STAYS_DELETED, id="deleted, template changed"),
        pytest.param(OLD, OLD, None, Step.REMOVE, id="untouched, no longer rendered"),
        pytest.param(EDITED, OLD, None, Step.LEFT, id="edited, no longer rendered"),
        pytest.param(None, OLD, None, Step.FORGET, id="deleted, no longer rendered"),
    ],
)
def test_step_for_a_generated_file(mine: str | None, base: str | None, new: str | None, step: Step) -> None:
    assert merge.generated(mine, base, new) is step


def test_no_edit_is_ever_overwritten_or_removed() -> None:
    """Whatever the three texts are, a text that only a person has written is kept or merged."""
    texts = [None, OLD, NEW, EDITED]
    for mine, base, new in itertools.product(texts, repeat=3):
        if mine is None or mine == base or (base is None and new is None):
            continue
        assert merge.generated(mine, base, new) not in {Step.CREATE, Step.REWRITE, Step.REMOVE}


@pytest.mark.parametrize(
    ("mine", "begun", "step"),
    [
        pytest.param(None, False, Step.CREATE, id="starting point"),
        pytest.param(EDITED, True, Step.YOURS, id="written by them"),
        pytest.param(EDITED, False, Step.YOURS, id="there before us"),
        pytest.param(None, True, Step.STAYS_DELETED, id="deleted by them"),
    ],
)
def test_step_for_a_file_of_theirs(mine: str | None, begun: bool, step: Step) -> None:
    assert merge.yours(mine, begun) is step


def test_a_conflict_nobody_resolved_is_not_merged_again() -> None:
    marked = "a\n<<<<<<< yours\nb\n||||||| what wireplan wrote last\nc\n=======\nd\n>>>>>>> wireplan\n"
    assert merge.generated(marked, OLD, NEW) is Step.UNRESOLVED
    assert merge.generated(marked, NEW, NEW) is Step.UNRESOLVED
    assert Step.UNRESOLVED.refuses


def test_only_a_mark_at_the_start_of_a_line_is_a_conflict() -> None:
    assert not merge.conflicted('text = "<<<<<<< yours"\n')
