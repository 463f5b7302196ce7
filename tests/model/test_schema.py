"""The JSON Schema: committed, current, and of one mind with the model about the reference system."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from wireplan.load.parse import parse
from wireplan.model import schema

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "schema"


@pytest.mark.parametrize(("name", "made"), [("topology", schema.topology), ("overlay", schema.overlay)])
def test_the_committed_schema_is_current(name: str, made: Any) -> None:
    """`wireplan schema -o docs/schema/topology.schema.json` (and `--overlay`) writes it anew."""
    assert json.loads((FOLDER / f"{name}.schema.json").read_text()) == made()


def test_every_field_says_what_it_is() -> None:
    """The docstring under a field is what an editor shows."""
    made = schema.topology()
    parts = {"System": made, **made["$defs"]}
    silent = [
        f"{part}.{field}"
        for part, s in parts.items()
        for field, f in s.get("properties", {}).items()
        if not f.get("description")
    ]
    assert silent == []


@pytest.fixture(scope="module")
def topology() -> jsonschema.Draft202012Validator:
    """What an editor checks a topology file with."""
    jsonschema.Draft202012Validator.check_schema(schema.topology())
    return jsonschema.Draft202012Validator(schema.topology())


@pytest.fixture(scope="module")
def overlay() -> jsonschema.Draft202012Validator:
    """What an editor checks an overlay with."""
    return jsonschema.Draft202012Validator(schema.overlay())


@pytest.mark.parametrize("name", ["topology", "local", "staging", "prod"])
def test_the_reference_system_and_its_overlays_fit(
    name: str, topology: jsonschema.Draft202012Validator, overlay: jsonschema.Draft202012Validator
) -> None:
    file = ROOT / "stacks" / "tube" / f"{name}.yaml"
    data = parse(file.read_text(), file.name)[0].data  # to PyYAML the key `on` of a waiver is true
    (topology if name == "topology" else overlay).validate(data)


def test_an_overlay_may_remove_parts_of_a_map(overlay: jsonschema.Draft202012Validator) -> None:
    """As docs/topology.md shows: `tips: null`."""
    overlay.validate(
        {"services": {"tips": None, "front": {"calls": {"tips": None}}}, "buckets": {"backups": None}}
    )
    assert not overlay.is_valid({"buckets": {"backups": 3}})


@pytest.mark.parametrize(
    "services",
    [
        {"a": {"replcas": 3}},
        {"a": {"calls": {"b": {"deadline": "30"}}}},
        {"a": {"tier": "vital"}},
        {"a": {"replicas": "2-4"}},
    ],
)
def test_an_editor_marks_what_the_model_refuses(
    services: dict[str, Any], topology: jsonschema.Draft202012Validator
) -> None:
    assert not topology.is_valid({"system": "s", "services": services})


@pytest.mark.parametrize(
    "services",
    [
        ["a", "b"],
        {"a": {"calls": ["b"], "replicas": 3}},
        {"a": {"calls": {"b": {"fallback": "empty"}}, "replicas": "2..4"}},
        {"a": {"database": "d"}},
    ],
)
def test_an_editor_knows_the_short_forms(services: Any, topology: jsonschema.Draft202012Validator) -> None:
    topology.validate({"system": "s", "services": services})
