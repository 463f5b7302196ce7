"""docs/rows.md: every row of the specification, and the tests that show it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import rows


def test_every_mark_names_a_row_of_the_page() -> None:
    known = rows.said()
    assert {row: test.name for test in rows.tests() for row in test.rows if row not in known} == {}


def test_the_page_has_every_row_once_and_in_order() -> None:
    ids = re.findall(r"(?m)^\| ([PAMFU][0-9.]+) \|", rows.PAGE.read_text())
    counts = {"P": 11, "A": 9, "M": 6, "F1.": 7, "F2.": 6, "F3.": 7, "U": 8}
    assert ids == [f"{part}{number}" for part, count in counts.items() for number in range(1, count + 1)]


def test_the_table_of_rows_is_current(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-docs"):
        rows.PAGE.write_text(rows.page())
        return
    assert rows.PAGE.read_text() == rows.page(), "run: pytest tests/test_rows.py --update-docs"


TESTS = """
import pytest
pytestmark = pytest.mark.row("A1")

@pytest.mark.row("P1")
def test_one() -> None: ...

def test_two() -> None: ...

@pytest.mark.parametrize("edge", [pytest.param("a", marks=pytest.mark.row("P2")), "b"])
async def test_three(edge: str) -> None: ...

BOTH = pytest.mark.row("U8")

@BOTH
@pytest.mark.row("F1.1")
class TestMany:
    @pytest.mark.row("F1.2")
    def test_four(self) -> None: ...

@pytest.mark.row("U1")
def no_test() -> None: "mark.row('U2')"
"""


def test_marks_are_found_on_tests_parameters_classes_and_files(tmp_path: Path) -> None:
    file = tmp_path / "test_x.py"
    file.write_text(TESTS)
    found = {each.name: sorted(each.rows) for each in rows.of_file(file)}
    assert found == {
        "test_one": ["A1", "P1"],
        "test_two": ["A1"],
        "test_three": ["A1", "P2"],
        "test_four": ["A1", "F1.1", "F1.2", "U8"],
    }


@pytest.mark.parametrize(("row", "file", "open_"), [
    ("P1", "tests/cluster/tube/test_x.py", False),
    ("P1", "tests/rim/test_x.py", True),
    ("P1", "stacks/tube/services/upload/tests/test_x.py", True),
    ("P7", "tests/github/test_x.py", False),  # it ends at a package registry, which those tests start
    ("P7", "tests/rim/test_x.py", True),
    ("P7", "tests/cluster/tube/test_x.py", True),
    ("P6", "tests/github/test_x.py", True),
    ("U1", "tests/rim/test_x.py", False),
])  # fmt: skip
def test_a_row_of_the_running_system_is_shown_on_a_cluster(row: str, file: str, open_: bool) -> None:
    test = rows.Test(rows.ROOT / file, "test_it", frozenset({row}))
    assert rows.hole(row, [test]) is open_
    assert rows.hole(row, [])


def test_the_command_prints_the_tests_of_a_row_and_says_whether_it_has_a_hole() -> None:
    command = [sys.executable, str(rows.ROOT / "tests" / "rows.py")]
    done = subprocess.run([*command, "F2.2"], capture_output=True, text=True, check=False)
    assert "tests/cluster/tube/test_dead_letters.py::test_once_the_cause_is_mended" in done.stdout
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "no row has a hole")
    assert subprocess.run([*command, "F9.9"], capture_output=True, check=False).returncode == 2
