"""The schema of proofs as JSON: committed, current, and of one mind with what is written."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from wireplan.model.system import System
from wireplan.report import proofs_json, proofs_schema
from wireplan.topology.proofs import proofs
from wireplan.topology.resolve import resolve

from tests.report.closed import closed
from tests.topology.conftest import tube

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "schema" / "proofs.schema.json"
# What tube has not: a group that never catches up, one that handles as many as come, no rate at all, a store of others, a change that only a cache has.
STRANGE = {
    "system": "s",
    "services": {
        "a": {"publishes": {"t": {"outbox": False, "acks": "none"}, "u": {}}, "buckets": ["kept"]},
        "w": {
            "consumes": {"t": {"commit": "before-effect"}, "u": {"handler": {"mean": "1s"}}},
            "replicas": 1,
        },
        "x": {"consumes": {"quiet": {"membership": "share"}}},
    },
    "topics": {
        "t": {"message": "x.v1.T", "rate": "1000/s", "durable": False},
        "u": {"message": "x.v1.U", "rate": "1/s"},
        "quiet": {"message": "x.v1.Q"},
    },
    "buckets": ["kept"],
    "object_store": {"provider": "external", "endpoint": "https://store.example"},
}


def faults(document: Any) -> list[str]:
    """What the schema has against a document, keys that it does not describe included."""
    validator = jsonschema.Draft202012Validator(closed(proofs_schema.schema()))
    return [f"{list(each.absolute_path)}: {each.message}" for each in validator.iter_errors(document)]


def documents() -> Iterator[Any]:
    """Proofs of the reference system, and of a strange one."""
    yield json.loads(proofs_json.render(proofs(tube("prod"))))
    yield json.loads(proofs_json.render(proofs(resolve(System.model_validate(STRANGE)))))


def records(value: Any) -> Iterator[dict[str, Any]]:
    """Every map in a document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from records(each)


def test_the_committed_schema_is_current_and_a_schema() -> None:
    """`wireplan schema --proofs -o docs/schema/proofs.schema.json` writes it anew."""
    assert json.loads(COMMITTED.read_text()) == proofs_schema.schema()
    jsonschema.Draft202012Validator.check_schema(proofs_schema.schema())


@pytest.mark.parametrize("document", list(documents()), ids=["tube", "strange"])
def test_what_is_written_is_what_the_schema_says(document: Any) -> None:
    assert document["groups"]
    assert document["writes"]
    assert document["sizes"]
    assert faults(document) == []


def test_every_key_must_be_there() -> None:
    """The end of a place alone may be missing."""
    _, document = documents()
    for number, each in enumerate(records(document)):
        for key in each.keys() - {"end_line", "end_column"}:
            less = copy.deepcopy(document)
            del list(records(less))[number][key]
            assert faults(less), (number, key)


def test_what_nobody_knows_is_null_and_no_number_is_infinite() -> None:
    _, document = documents()
    never, some, quiet = document["groups"]
    assert (never["most"]["catch_up"], never["keeps_up"]) == (None, False)
    assert (some["keeps_up"], some["fewest"]["lost_after"]) == (False, None)
    assert (quiet["rate"], quiet["backlog"], quiet["keeps_up"]) == (None, None, None)
    assert [each["survives"] for each in document["writes"] if each["kind"] == "object"] == [None]


def test_a_reader_with_this_schema_takes_keys_that_are_added_later() -> None:
    later = {**next(documents()), "new": 1}
    jsonschema.Draft202012Validator(proofs_schema.schema()).validate(later)
    assert faults(later)
