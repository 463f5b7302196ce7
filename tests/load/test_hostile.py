"""No file takes the loader's memory or time: whatever is in it, it ends in findings with their places.

A child reads them all. Its memory is limited, and so is its processor time, by so much that only what grows faster than the file runs out.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from wireplan.load import codes, limits

from tests.load.hostile import files

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[2]

# The first finding of each; nothing where there is none.
FIRST = {
    "a billion laughs": "1:5 YML006",
    "an alias of itself": "2:11 YML006",
    "the same anchor twice": "1:9 YML006",
    "a brace bomb": "1:1 YML013",
    "a bracket bomb, closed": "1:1 YML013",
    "dashes in dashes": "1:1 YML013",
    "questions in questions": "1:1 YML013",
    "an indent of very many spaces": "1:1 YML013",
    "more small values than are taken apart": "1:1 YML009",
    "as many small values as are taken apart": "1:1 YML021",
    "more bytes than are read": "1:1 YML009",
    "very many documents": "2:1 YML007",
    "a document after the topology": "4:1 YML007",
    "very many unknown keys": "1:1 YML021",
    "one key very many times": "4:3 YML003",
    "very many bad names in a list": "2:12 YML024",
    "very many names of nothing": "3:15 YML030",
    "very many names next to very many others": "3:16 YML030",
    "merge keys": "3:7 YML005",
    "a tag that runs a program": "3:3 YML022",
    "a tag of nobody": "3:6 YML011",
    "a number of very many digits": "3:17 YML014",
    "a float of very many digits": "3:17 YML014",
    "an infinite number": "3:17 YML022",
    "a number that is none": "3:17 YML022",
    "a float beyond all floats": "3:17 YML022",
    "a hexadecimal number that is long": "3:17 YML014",
    "digits and underscores": "3:17 YML022",
    "a duration of very many digits": "3:25 YML022",
    "a rate of very many digits": "3:26 YML022",
    "a key of very many letters": "3:5 YML024",
    "an unknown key of very many letters": "3:3 YML020",
    "a text of ten megabytes": "1:1 YML009",
    "a text of a megabyte": "3:13 YML023",
    "letters that may begin an address": "3:13 YML023",
    "letters that may begin a token": "3:13 YML023",
    "keys of secrets on one line": "3:17 YML001",
    "a quote that is not closed": "3:6 YML016",
    "a byte-order mark": "",
    "a byte-order mark in the middle": "3:3 YML024",
    "UTF-16": "1:1 YML002",
    "UTF-32": "1:1 YML002",
    "a surrogate in bytes": "2:22 YML002",
    "a surrogate in an escape": "3:16 YML001",
    "an overlong slash": "2:22 YML002",
    "a zero byte": "3:13 YML002",
    "control letters": "3:13 YML002",
    "a control letter in an escape": "3:13 YML023",
    "a next line": "3:13 YML023",
    "a line separator": "3:13 YML023",
    "letters from right to left": "3:3 YML024",
    "letters that look alike": "3:3 YML024",
    "carriage returns and line feeds": "",
    "carriage returns alone": "",
    "a tab": "3:1 YML008",
    "nothing": "1:1 YML012",
}
WITHOUT_END = ("one key very many times", "very many bad names in a list", "very many names of nothing")  # fmt: skip


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    """What a child with little memory said of every file; those after the one that was too much are missing."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.load.hostile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert child.stderr == ""
    return dict(json.loads(line) for line in child.stdout.splitlines())


def test_each_hostile_file_is_expected_to_be_something() -> None:
    assert set(files()) == set(FIRST)


@pytest.mark.parametrize(("name", "first"), FIRST.items(), ids=FIRST)
def test_a_hostile_file_ends_in_findings_with_places(name: str, first: str, said: dict[str, Any]) -> None:
    assert [*said[name]["found"], ""][0] == first
    assert set(said[name]["codes"]) <= set(codes.TABLE)
    assert said[name]["letters"] < 100 * limits.WORDS, "a report is for people, whatever stands in the file"


@pytest.mark.parametrize("name", WITHOUT_END)
def test_faults_without_end_are_not_told(name: str, said: dict[str, Any]) -> None:
    assert said[name]["count"] == limits.FAULTS + 1
    assert "YML015" in said[name]["codes"]
