"""The schema of reasons as JSON: committed, current, and of one mind with what is written."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner
from wireplan.commands.app import build
from wireplan.report import reasons_schema

from tests.report.closed import closed

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "docs" / "schema" / "reasons.schema.json"
TUBE, FTGO = ROOT / "stacks" / "tube", ROOT / "examples" / "ftgo"
# With a waiver, a finding with an edit, and a schedule.
SHOP = """\
system: shop
services:
  orders: {database: orders, publishes: {placed: {acks: leader}}}
  mail: {database: mail, consumes: {placed: {commit: before-effect, offset_reset: latest}}}
topics: {placed: {message: shop.v1.Placed}}
databases: {main: {databases: [orders, mail], synchronous: {durability: preferred}}}
waivers: [{allow: KAF015, until: 2999-01-01, reason: a test}]
"""


def why(*words: str | Path) -> Any:
    """What `wireplan why` writes for a program."""
    return json.loads(CliRunner().invoke(build(), ["why", *map(str, words), "--json"]).stdout)


def faults(document: Any) -> list[str]:
    """What the schema has against a document, keys that it does not describe included."""
    validator = jsonschema.Draft202012Validator(closed(reasons_schema.schema()))
    return [f"{list(each.absolute_path)}: {each.message}" for each in validator.iter_errors(document)]


@pytest.fixture
def documents(tmp_path: Path) -> dict[str, Any]:
    """A way, a way with findings, no way at all, a saga, and a saga with findings."""
    file = tmp_path / "topology.yaml"
    file.write_text(SHOP)
    return {
        "way": why("gateway", "catalog", TUBE, "--env", "prod"),
        "found": why("orders", "mail", file),
        "nowhere": why("mail", "placed", file),
        "saga": why("saga", "publish-video", TUBE, "--env", "prod"),
        "unsafe saga": why("saga", "create-order", FTGO),
    }


def records(value: Any) -> Iterator[dict[str, Any]]:
    """Every map in a document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from records(each)


def test_the_committed_schema_is_current_and_a_schema() -> None:
    """`wireplan schema --reasons -o docs/schema/reasons.schema.json` writes it anew."""
    assert json.loads(COMMITTED.read_text()) == reasons_schema.schema()
    jsonschema.Draft202012Validator.check_schema(reasons_schema.schema())


def test_what_is_written_is_what_the_schema_says(documents: dict[str, Any]) -> None:
    assert documents["way"]["hops"]
    assert documents["way"]["others"]
    assert documents["found"]["findings"]
    assert documents["found"]["waived"]
    assert documents["nowhere"]["into"]
    assert documents["saga"]["steps"]
    assert {name: faults(each) for name, each in documents.items()} == {name: [] for name in documents}


@pytest.mark.parametrize("name", ["found", "saga"])
def test_every_key_must_be_there(name: str, documents: dict[str, Any]) -> None:
    """The end of a place alone may be missing."""
    document = documents[name]
    kinds = {tuple(sorted(each)): number for number, each in enumerate(records(document))}
    for keys, number in kinds.items():
        for key in set(keys) - {"end_line", "end_column"}:
            less = copy.deepcopy(document)
            del list(records(less))[number][key]
            assert faults(less), (number, key)


def test_a_reader_with_this_schema_takes_keys_that_are_added_later(documents: dict[str, Any]) -> None:
    later = {**documents["saga"], "new": 1}
    jsonschema.Draft202012Validator(reasons_schema.schema()).validate(later)
    assert faults(later)
