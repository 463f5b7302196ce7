"""What a person did to a file, times what became of its template: on real folders, through `scaffold` itself. Nothing that a person wrote is ever lost."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from wireplan.rim import process, scaffolding
from wireplan.skeletons.merge import Step
from wireplan.skeletons.outcome import Outcome
from wireplan.skeletons.render import File

PLACE, MOVED, RENAMED = "upload/src/wired.py", "upload/src/wiring.py", "upload/src/theirs.py"
BASE = "".join(f"line {number}\n" for number in range(10))
THEIRS, APART, CLASHING = "theirs\n", BASE.replace("line 8\n", "ours\n"), BASE.replace("line 2\n", "ours\n")


def untouched(_: Path) -> None:
    """Leave it."""


def edited(workspace: Path) -> None:
    """Change a line."""
    (workspace / PLACE).write_text(BASE.replace("line 2\n", THEIRS))


def deleted(workspace: Path) -> None:
    """Remove it."""
    (workspace / PLACE).unlink()


def renamed(workspace: Path) -> None:
    """Change a line, under another name."""
    edited(workspace)
    (workspace / PLACE).rename(workspace / RENAMED)


PERSON = (untouched, edited, deleted, renamed)
TEMPLATE = {
    "same": (PLACE, BASE),
    "changed elsewhere": (PLACE, APART),
    "changed the same line": (PLACE, CLASHING),
    "moved": (MOVED, BASE),
    "moved and changed elsewhere": (MOVED, APART),
    "moved and changed the same line": (MOVED, CLASHING),
    "dropped": None,
}
CELLS = {
    "untouched": (Step.CURRENT, Step.REWRITE, Step.REWRITE, Step.REWRITE, Step.REWRITE, Step.REWRITE, Step.REMOVE),
    "edited": (Step.EDITED, Step.MERGE, Step.MERGE, Step.EDITED, Step.MERGE, Step.MERGE, Step.LEFT),
    "deleted": (*[Step.STAYS_DELETED] * 6, Step.FORGET),
    "renamed": (*[Step.STAYS_DELETED] * 6, Step.FORGET),
}  # fmt: skip
"""What happens to the file, by what the person did, for each of TEMPLATE in its order."""

MATRIX = [
    pytest.param(person, template, step, id=f"{person.__name__}, {template}")
    for person in PERSON
    for template, step in zip(TEMPLATE, CELLS[person.__name__], strict=True)
]


def run(workspace: Path, template: str, dry: bool = False) -> Outcome:
    """One run with what became of the template."""
    given = TEMPLATE[template]
    files: dict[str, File] = {}
    if given:
        path, text = given
        files[path] = File(path, text, yours=False, moved_from=PLACE if path == MOVED else None)
    return scaffolding.scaffold(workspace, {"upload": files}, dry=dry)


def texts(workspace: Path) -> dict[str, str]:
    """All that lies in the workspace but for the inventory."""
    return {
        path.relative_to(workspace).as_posix(): path.read_text()
        for path in workspace.rglob("*")
        if path.is_file() and ".wireplan" not in path.parts
    }


@pytest.mark.parametrize(("person", "template", "step"), MATRIX)
def test_each_cell(person: Callable[[Path], None], template: str, step: Step, tmp_path: Path) -> None:
    run(tmp_path, "same")
    person(tmp_path)
    outcome = run(tmp_path, template)
    assert [done.step for done in outcome.files] == [step]
    clash = step is Step.MERGE and "same line" in template
    assert [done.conflicts for done in outcome.refused] == ([1] if clash else [])
    given, there = TEMPLATE[template], texts(tmp_path)
    if person in {edited, renamed}:
        assert sum(THEIRS in text for text in there.values()) == 1, "what a person wrote is there, once"
    if given and person in {untouched, edited}:
        path, new = given
        lines = set(there[path].splitlines())
        assert set(new.splitlines()) - lines <= {"line 2"}, "and so is what the template says"
        assert ("<<<<<<< yours" in lines) is clash
        assert path == PLACE or PLACE not in there
    if person in {deleted, renamed}:
        assert set(there) == ({RENAMED} if person is renamed else set())


@pytest.mark.parametrize(("person", "template", "step"), MATRIX)
def test_a_check_writes_nothing_and_afterwards_all_is_current(
    person: Callable[[Path], None], template: str, step: Step, tmp_path: Path
) -> None:
    """`scaffold --check` says beforehand what a run would do, and after it that nothing is left but for conflicts."""
    run(tmp_path, "same")
    person(tmp_path)
    before = texts(tmp_path)
    checked = run(tmp_path, template, dry=True)
    assert texts(tmp_path) == before
    assert [done.step for done in checked.files] == [step]
    outcome = run(tmp_path, template)
    after = texts(tmp_path)
    again = run(tmp_path, template, dry=True)
    assert again.current is not bool(outcome.refused)
    run(tmp_path, template)
    assert texts(tmp_path) == after, "a second run finds nothing to do"


def test_no_cell_is_missing() -> None:
    assert len(MATRIX) == len(list(itertools.product(PERSON, TEMPLATE))) == 28


@pytest.mark.parametrize("template", ["changed elsewhere", "moved and changed elsewhere"])
def test_without_git_both_texts_lie_there_until_there_is_one(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, "same")
    edited(tmp_path)
    path, new = TEMPLATE[template] or ("", "")
    with monkeypatch.context() as patch:
        patch.setattr(process, "found", lambda _: None)
        assert [done.beside for done in run(tmp_path, template).refused] == [f"{path}.new"]
    assert texts(tmp_path) == {PLACE: BASE.replace("line 2\n", THEIRS), f"{path}.new": new}
    assert [done.step for done in run(tmp_path, template).files] == [Step.MERGE]
    assert texts(tmp_path)[path] == new.replace("line 2\n", THEIRS)


def test_a_starting_point_that_they_deleted_stays_so_where_its_template_moves(tmp_path: Path) -> None:
    begun = File(PLACE, "stub\n", yours=True)
    scaffolding.scaffold(tmp_path, {"upload": {PLACE: begun}})
    deleted(tmp_path)
    moved = File(MOVED, "stub\n", yours=True, moved_from=PLACE)
    for _ in range(2):
        outcome = scaffolding.scaffold(tmp_path, {"upload": {MOVED: moved}})
        assert [done.step for done in outcome.files] == [Step.STAYS_DELETED]
    assert texts(tmp_path) == {}


def test_a_template_that_moves_to_where_something_of_theirs_stands_waits(tmp_path: Path) -> None:
    run(tmp_path, "same")
    edited(tmp_path)
    (tmp_path / MOVED).write_text("another of theirs\n")
    before = texts(tmp_path)
    outcome = run(tmp_path, "moved and changed elsewhere")
    assert [done.step for done in outcome.refused] == [Step.IN_THE_WAY]
    assert texts(tmp_path) == before
