"""The schema of findings as JSON: committed, current, and of one mind with what is written."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner
from wireplan.commands.app import build
from wireplan.findings import Finding
from wireplan.report import json as findings_json
from wireplan.report import json_schema
from wireplan.report.run import Checked, Run

from tests.report.closed import closed
from tests.report.test_sarif_schema import ALL_RULES, findings

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "schema" / "findings.schema.json"


def faults(document: Any) -> list[str]:
    """What the schema has against a document, keys that it does not describe included."""
    validator = jsonschema.Draft202012Validator(closed(json_schema.schema()))
    return [f"{list(each.absolute_path)}: {each.message}" for each in validator.iter_errors(document)]


@pytest.fixture(scope="module")
def document() -> Any:
    """The findings of a file with many faults."""
    return json.loads(CliRunner().invoke(build(), ["validate", str(ALL_RULES), "--format", "json"]).stdout)


def test_the_committed_schema_is_current_and_a_schema() -> None:
    """`wireplan schema --findings -o docs/schema/findings.schema.json` writes it anew."""
    assert json.loads(COMMITTED.read_text()) == json_schema.schema()
    jsonschema.Draft202012Validator.check_schema(json_schema.schema())


def test_what_is_written_is_what_the_schema_says(document: Any) -> None:
    assert len(document["findings"]) == 12
    assert faults(document) == []


def test_every_key_must_be_there(document: Any) -> None:
    for key in document:
        assert faults({name: value for name, value in document.items() if name != key}), key
    for key in document["findings"][0]:
        less = copy.deepcopy(document)
        del less["findings"][0][key]
        assert faults(less), key


def test_a_reader_with_this_schema_takes_keys_that_are_added_later(document: Any) -> None:
    jsonschema.Draft202012Validator(json_schema.schema()).validate({**document, "new": 1})
    assert faults({**document, "new": 1})


@given(st.lists(findings, max_size=3))
def test_any_findings_are_what_the_schema_says(found: list[Finding]) -> None:
    run = Run("topology.yaml", (Checked("prod", "prod", tuple(found), {"service": 3}),), {}, rules=12)
    assert faults(json.loads(findings_json.render(run))) == []
