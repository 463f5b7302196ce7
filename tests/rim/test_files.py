"""What the disk refuses is told by the name that a person knows, never by that of a scratch file."""

from pathlib import Path

import pytest
from wireplan.rim import files, rendering
from wireplan.rim.trouble import Trouble


def test_a_file_that_cannot_be_written_is_told_by_its_own_name(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    file.mkdir()
    with pytest.raises(Trouble) as told, files.writing(file, fix="move it away"):
        files.write(file, "{}")
    assert told.value == Trouble(f"{file} could not be written", why="Is a directory", fix="move it away")
    assert list(tmp_path.iterdir()) == [file]


def test_of_a_folder_the_file_in_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(Trouble) as told:
        rendering.write(tmp_path, {"a.yaml": "a\n"})
    assert told.value == Trouble(f"{tmp_path / 'a.yaml'} could not be written", why="Is a directory")


def test_a_folder_that_cannot_be_made_is_told_itself(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    folder = tmp_path / "taken" / "manifests"
    with pytest.raises(Trouble) as told:
        rendering.write(folder, {"a.yaml": "a\n"})
    assert told.value == Trouble(f"{folder} could not be written", why="Not a directory")
