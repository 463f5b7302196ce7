"""Regeneration on real folders: untouched, edited, deleted, renamed, both edited, cut short. Nothing a person wrote is lost."""

from pathlib import Path

import pytest
from wireplan.rim import process, scaffolding
from wireplan.rim.scaffolding import store
from wireplan.rim.trouble import Trouble
from wireplan.skeletons.merge import Step
from wireplan.skeletons.outcome import Outcome
from wireplan.skeletons.render import File, member_of

GENERATED = "upload/src/wired.py"
YOURS = "upload/src/handlers.py"
TEN = "".join(f"line {n}\n" for n in range(10))


def rendered(*files: File) -> dict[str, dict[str, File]]:
    """What the templates give, sorted into members."""
    members: dict[str, dict[str, File]] = {}
    for file in files:
        members.setdefault(member_of(file.path), {})[file.path] = file
    return members


def generated(text: str, path: str = GENERATED, moved_from: str | None = None) -> File:
    """A file of ours."""
    return File(path, text, yours=False, moved_from=moved_from)


def run(workspace: Path, *files: File, dry: bool = False) -> Outcome:
    """One run of scaffold."""
    return scaffolding.scaffold(workspace, rendered(*files), dry=dry)


def steps(outcome: Outcome) -> dict[str, Step]:
    """What happened to each file."""
    return {done.path: done.step for done in outcome.files}


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    files = [generated(TEN), File(YOURS, "stub\n", yours=True), generated("root\n", "pyproject.toml")]
    assert not run(tmp_path, *files).current
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert run(tmp_path, *files).current
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}


def test_an_untouched_file_follows_its_template(tmp_path: Path) -> None:
    run(tmp_path, generated("one\n"))
    assert steps(run(tmp_path, generated("two\n"))) == {GENERATED: Step.REWRITE}
    assert (tmp_path / GENERATED).read_text() == "two\n"


def test_an_edit_of_theirs_stays_when_the_template_does(tmp_path: Path) -> None:
    run(tmp_path, generated("one\n"))
    (tmp_path / GENERATED).write_text("theirs\n")
    outcome = run(tmp_path, generated("one\n"))
    assert outcome.current
    assert (tmp_path / GENERATED).read_text() == "theirs\n"


def test_edits_of_both_are_merged(tmp_path: Path) -> None:
    run(tmp_path, generated(TEN))
    (tmp_path / GENERATED).write_text(TEN.replace("line 1\n", "theirs\n"))
    outcome = run(tmp_path, generated(TEN.replace("line 8\n", "ours\n")))
    assert steps(outcome) == {GENERATED: Step.MERGE}
    assert not outcome.refused
    assert (tmp_path / GENERATED).read_text() == TEN.replace("line 1\n", "theirs\n").replace(
        "line 8\n", "ours\n"
    )
    assert run(tmp_path, generated(TEN.replace("line 8\n", "ours\n"))).current


def test_a_conflict_keeps_both_texts_and_waits_for_a_person(tmp_path: Path) -> None:
    run(tmp_path, generated(TEN))
    (tmp_path / GENERATED).write_text(TEN.replace("line 4\n", "theirs\n"))
    outcome = run(tmp_path, generated(TEN.replace("line 4\n", "ours\n")))
    assert [done.conflicts for done in outcome.refused] == [1]
    marked = (tmp_path / GENERATED).read_text()
    assert {"theirs", "ours", "line 4"} <= set(marked.splitlines())
    assert "<<<<<<< yours" in marked

    again = run(tmp_path, generated(TEN.replace("line 4\n", "ours, later\n")))
    assert steps(again) == {GENERATED: Step.UNRESOLVED}
    assert (tmp_path / GENERATED).read_text() == marked

    resolved = TEN.replace("line 4\n", "theirs and ours\n")
    (tmp_path / GENERATED).write_text(resolved)
    assert run(tmp_path, generated(TEN.replace("line 4\n", "ours\n"))).current
    assert (tmp_path / GENERATED).read_text() == resolved


def test_a_deleted_file_stays_deleted(tmp_path: Path) -> None:
    files = [generated("one\n"), File(YOURS, "stub\n", yours=True)]
    run(tmp_path, *files)
    (tmp_path / GENERATED).unlink()
    (tmp_path / YOURS).unlink()
    for text in ("one\n", "two\n"):
        outcome = run(tmp_path, generated(text), files[1])
        assert set(steps(outcome).values()) == {Step.STAYS_DELETED}
    assert not (tmp_path / GENERATED).exists()
    assert not (tmp_path / YOURS).exists()


def test_a_file_they_renamed_is_theirs(tmp_path: Path) -> None:
    run(tmp_path, generated("one\n"))
    renamed = (tmp_path / GENERATED).rename(tmp_path / "upload/src/theirs.py")
    assert steps(run(tmp_path, generated("two\n"))) == {GENERATED: Step.STAYS_DELETED}
    assert renamed.read_text() == "one\n"


def test_a_starting_point_is_written_once(tmp_path: Path) -> None:
    run(tmp_path, File(YOURS, "stub\n", yours=True))
    (tmp_path / YOURS).write_text("theirs\n")
    assert steps(run(tmp_path, File(YOURS, "another stub\n", yours=True))) == {YOURS: Step.YOURS}
    assert (tmp_path / YOURS).read_text() == "theirs\n"


def test_what_templates_drop_goes_unless_it_was_edited(tmp_path: Path) -> None:
    run(
        tmp_path,
        generated("a\n", "upload/a/one.py"),
        generated("b\n", "upload/two.py"),
        File(YOURS, "s\n", yours=True),
    )
    (tmp_path / "upload/two.py").write_text("b, edited\n")
    outcome = run(tmp_path)
    assert steps(outcome) == {"upload/a/one.py": Step.REMOVE, "upload/two.py": Step.LEFT}
    assert not (tmp_path / "upload/a").exists()
    assert (tmp_path / "upload/two.py").read_text() == "b, edited\n"
    assert (tmp_path / YOURS).read_text() == "s\n"
    assert run(tmp_path).current


def test_a_file_of_theirs_in_the_way_is_not_touched(tmp_path: Path) -> None:
    target = tmp_path / GENERATED
    target.parent.mkdir(parents=True)
    target.write_text("theirs\n")
    outcome = run(tmp_path, generated("ours\n"))
    assert [done.step for done in outcome.refused] == [Step.IN_THE_WAY]
    assert target.read_text() == "theirs\n"


def test_a_template_that_moves_takes_edits_along(tmp_path: Path) -> None:
    run(tmp_path, generated(TEN), generated("same\n", "upload/src/plain.py"))
    (tmp_path / GENERATED).write_text(TEN.replace("line 1\n", "theirs\n"))
    new = TEN.replace("line 8\n", "ours\n")
    moved = [
        generated(new, "upload/src/wiring.py", moved_from=GENERATED),
        generated("new\n", "upload/src/flat.py", moved_from="upload/src/plain.py"),
    ]
    run(tmp_path, *moved)
    assert (tmp_path / "upload/src/wiring.py").read_text() == new.replace("line 1\n", "theirs\n")
    assert (tmp_path / "upload/src/flat.py").read_text() == "new\n"
    assert not (tmp_path / GENERATED).exists()
    assert not (tmp_path / "upload/src/plain.py").exists()
    assert run(tmp_path, *moved).current


def test_a_run_cut_short_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are there, the inventory is still the old one: the next run must not take them for a person's."""
    run(tmp_path, generated(TEN), generated(TEN, "upload/a.py"))
    (tmp_path / "upload/a.py").write_text(TEN.replace("line 8\n", "theirs\n"))
    new = [
        generated(TEN + "more\n"),
        generated("top\n" + TEN, "upload/a.py"),
        generated("b\n", "upload/b.py"),
    ]

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", cut)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, *new)
    outcome = run(tmp_path, *new)
    assert not outcome.refused
    assert (tmp_path / GENERATED).read_text() == TEN + "more\n"
    assert (tmp_path / "upload/b.py").read_text() == "b\n"
    assert run(tmp_path, *new).current


def test_dry_writes_nothing(tmp_path: Path) -> None:
    outcome = run(tmp_path, generated("one\n"), dry=True)
    assert steps(outcome) == {GENERATED: Step.CREATE}
    assert list(tmp_path.iterdir()) == []


def test_without_git_the_new_text_is_put_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, generated("one\n"))
    (tmp_path / GENERATED).write_text("theirs\n")
    with monkeypatch.context() as patch:
        patch.setattr(process, "found", lambda _: None)
        outcome = run(tmp_path, generated("two\n"))
    assert [done.beside for done in outcome.refused] == [GENERATED + ".new"]
    assert (tmp_path / GENERATED).read_text() == "theirs\n"
    assert (tmp_path / f"{GENERATED}.new").read_text() == "two\n"
    assert steps(run(tmp_path, generated("two\n")))[GENERATED] is Step.MERGE


def test_bytes_that_are_no_text_are_kept(tmp_path: Path) -> None:
    run(tmp_path, generated(TEN))
    (tmp_path / GENERATED).write_bytes(TEN.encode().replace(b"line 1\n", b"\xff\r\n"))
    run(tmp_path, generated(TEN + "more\n"))
    assert (tmp_path / GENERATED).read_bytes() == TEN.encode().replace(b"line 1\n", b"\xff\r\n") + b"more\n"


def test_a_damaged_inventory_is_trouble(tmp_path: Path) -> None:
    run(tmp_path, generated("one\n"))
    (tmp_path / ".wireplan/members/upload.json").write_text("<<<<<<< HEAD\n")
    with pytest.raises(Trouble, match="cannot be read"):
        run(tmp_path, generated("one\n"))


def test_only_one_member(tmp_path: Path) -> None:
    files = rendered(generated("one\n"), generated("two\n", "auth/two.py"))
    outcome = scaffolding.scaffold(tmp_path, files, only="auth")
    assert steps(outcome) == {"auth/two.py": Step.CREATE}


def test_a_folder_where_a_file_belongs_is_trouble(tmp_path: Path) -> None:
    (tmp_path / GENERATED).mkdir(parents=True)
    with pytest.raises(Trouble):
        run(tmp_path, generated("one\n"))


def test_a_workspace_is_finished_when_its_tools_have_run(tmp_path: Path) -> None:
    """`up` scaffolds what is missing or was cut short, and leaves a workspace alone that somebody else made."""
    workspace = tmp_path / "services"
    assert not scaffolding.finished(workspace)
    run(workspace, generated("one\n"))
    assert not scaffolding.finished(workspace)
    (workspace / ".wireplan/made.json").write_text('{"lock": "abc"}')
    assert scaffolding.finished(workspace)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    assert scaffolding.finished(theirs)
