"""What an example's README says of it is what the checker says, and each finding was judged by a person."""

import re
from pathlib import Path

import pytest

from tests.examples.conftest import EXAMPLES, found, run
from tests.examples.table import rows, written

REVISION = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)/blob/([^/)]+)/")


def test_there_are_three() -> None:
    """One without a broker, one with one broker, one with sagas."""
    assert [folder.name for folder in EXAMPLES] == ["ftgo", "online-boutique", "otel-demo"]


def test_it_lists_every_finding_and_nothing_else(example: Path, request: pytest.FixtureRequest) -> None:
    page = example / "README.md"
    if request.config.getoption("--update-docs"):
        page.write_text(written(page.read_text(), found(example)))
    listed = [row.said for row in rows(page.read_text())]
    assert listed == [row.said for row in found(example)], "run: pytest tests/examples --update-docs"


def test_each_finding_is_right_and_none_a_false_alarm(example: Path) -> None:
    """A finding that is wrong is mended in its rule, with a case beside it."""
    judged = [row.judgement for row in rows((example / "README.md").read_text())]
    assert judged
    for verdict, known, mended in judged:
        assert verdict.startswith("Right"), verdict
        assert known, "whether their own tracker knows it, or that it does not"
        assert mended


def test_what_it_says_of_their_system_names_the_revision_that_was_read(example: Path) -> None:
    revisions = REVISION.findall((example / "README.md").read_text())
    assert revisions
    assert all(re.fullmatch(r"[0-9a-f]{40}", revision) for _, revision in revisions), revisions


def test_what_the_findings_ask_for_can_be_had(example: Path) -> None:
    """The environment `mended` differs from theirs by settings alone, and is clean."""
    mended = next(each for each in run(example).checked if each.environment == "mended")
    assert mended.findings == ()


def test_every_part_of_the_example_is_checked(example: Path) -> None:
    """A service without a contract, or an overlay that nobody reads, would be found to be in order for nothing."""
    topology = (example / "topology.yaml").read_text()
    assert "contracts: {protos: protos}" in topology
    overlays = {path.stem for path in example.glob("*.yaml")} - {"topology"}
    assert {each.environment for each in run(example).checked} == overlays
    assert all(each.parts for each in run(example).checked)
