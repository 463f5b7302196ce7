"""The Jobs' image holds its scripts under their own import path, and nothing else of Wireplan."""

import subprocess
import sys
from pathlib import Path

from wireplan.rim.images import jobs
from wireplan.rim.images.layers import Entry, pack
from wireplan.rim.images.parts import Files


def laid_out(root: Path) -> None:
    """Write the scripts' layer out as a folder."""
    archive = root / "layer.tar"
    with archive.open("wb") as out:
        pack(Files(tuple(jobs.scripts())).entries, out)
    subprocess.run(["tar", "-xf", archive, "-C", root], check=True)


def test_the_scripts_run_without_the_rest_of_wireplan(tmp_path: Path) -> None:
    """They are found by their own names, above which the packages are empty."""
    laid_out(tmp_path)
    done = subprocess.run(
        [sys.executable, "-S", "-m", jobs.PACKAGE],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "app" / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "usage: topics|buckets|certificates|sink FILE\n")


def test_only_the_scripts_are_in_it() -> None:
    """Their parents are there for Python's sake only."""
    own = {entry.path for entry in jobs.scripts() if isinstance(entry.source, Path)}
    assert all(path.startswith("app/src/wireplan/rim/images/tools/") for path in own)
    assert [entry.source for entry in jobs.scripts() if entry.path not in own] == [b"", b"", b""]


def test_their_packages_are_pinned_with_hashes() -> None:
    """The same image tomorrow."""
    lines = (jobs.TOOLS / "requirements.txt").read_text().splitlines()
    pinned = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert any(line.startswith("confluent-kafka==") for line in pinned)
    assert all("==" in line and line.endswith("\\") for line in pinned)
    assert isinstance(jobs.scripts()[0], Entry)
