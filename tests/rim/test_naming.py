"""Files in findings, named so that who reads them finds them."""

from pathlib import Path

import pytest
from wireplan.findings import Edit, Finding, Place, Related, Severity, Step
from wireplan.report.run import Checked, Run
from wireplan.rim import naming


def run(file: str) -> Run:
    """A run with one finding that has a place of every kind in a file."""
    at = Place(file, 3, 5, 3, 9)
    found = Finding(
        "X",
        Severity.ERROR,
        at,
        f"in {file}",
        related=(Related(at, "r"),),
        edit=Edit(at, "t"),
        steps=(Step(at, "s"),),
    )
    return Run(file, (Checked("prod", "prod", (found,)),), {file: "text"}, rules=1)


def names(run: Run) -> set[str]:
    """All names of files in a run."""
    (found,) = run.checked[0].findings
    return {run.file, *run.sources, *(each.file for each in naming.places(found))}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository; the test stands in a folder of it."""
    folder = tmp_path / "repo" / "stacks" / "shop"
    folder.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    monkeypatch.chdir(folder)
    return tmp_path / "repo"


@pytest.mark.parametrize(
    ("file", "known"),
    [
        ("topology.yaml", "stacks/shop/topology.yaml"),
        ("../../protos/a.proto", "protos/a.proto"),
        ("{root}/stacks/shop/prod.yaml", "stacks/shop/prod.yaml"),
        ("../../../beside.yaml", "../../../beside.yaml"),
        ("{root}-other/a.yaml", "{root}-other/a.yaml"),
    ],
)
def test_forges_know_files_from_the_root_of_the_repository(repository: Path, file: str, known: str) -> None:
    found = naming.from_root(run(file.format(root=repository)))
    assert names(found) == {known.format(root=repository)}
    assert found.checked[0].findings[0].at.column == 5


def test_outside_a_repository_files_are_named_from_where_the_person_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert names(naming.from_root(run(f"{tmp_path}/a/topology.yaml"))) == {"a/topology.yaml"}


def test_a_preview_names_files_from_its_folder_in_its_words_too() -> None:
    (found,) = run("/tree/a.yaml").checked[0].findings
    told = naming.named(found, Path("/tree"))
    assert ({each.file for each in naming.places(told)}, told.what) == ({"a.yaml"}, "in a.yaml")
