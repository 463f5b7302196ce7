"""Overlays: maps merge, lists replace, null removes (RFC 7396); every value keeps the place it came from."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.load.overlay import merged, values
from wireplan.load.parse import parse

from tests.load.conftest import Faults, loaded

BASE = """\
system: s
services:
  a: {replicas: 2, calls: [b], kind: gateway}
  b: {serves: x.B}
"""


@pytest.mark.parametrize(
    ("base", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_cases_of_rfc_7396(base: Any, patch: Any, result: Any) -> None:
    assert values(base, patch) == result


def test_values_keep_the_place_they_came_from() -> None:
    document = loaded(BASE, "services:\n  a:\n    replicas: 3..5\n  c: {}\n").document
    assert str(document.find(("services", "a", "replicas"))) == "o.yaml:3:15"
    assert str(document.find(("services", "c"))) == "o.yaml:4:3"
    assert str(document.find(("services", "b", "serves"))) == "t.yaml:4:15"
    assert str(document.find(("services", "a"))) == "t.yaml:3:3"


def test_a_fault_in_an_overlay_is_told_with_the_overlays_place(faults: Faults) -> None:
    found = faults(BASE, "services: {a: {replicas: many}}\n")
    assert found == ["o.yaml:1:26 YML022 services.a.replicas: 'many' is not a number of pods"]


def test_null_removes_and_what_hung_on_it_is_told(faults: Faults) -> None:
    found = faults(BASE, "services: {b: null}\n")
    assert found == ['3:28 YML030 no service is called "b"']


def test_a_fault_of_the_text_of_an_overlay_stops_there(faults: Faults) -> None:
    assert faults(BASE, "services: [\n") == ["o.yaml:1:11 YML016 the [ that opens here is not closed"]


@pytest.mark.parametrize("text", ["services: {[a]: {}}\n", "{a: b}: {}\n"])
def test_a_key_that_is_no_text_is_told_in_either_file(text: str, faults: Faults) -> None:
    for base, overlay in ((BASE, text), (f"system: s\n{text}", "kafka: {}\nservices: {}\n")):
        assert any("YML010 a key that is a map or a list" in fault for fault in faults(base, overlay))


def test_an_overlay_may_be_empty_but_must_be_a_map(faults: Faults) -> None:
    assert faults(BASE, "{}\n") == []
    assert [f.split()[1] for f in faults(BASE, "- a\n")] == ["YML012"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.sampled_from(["x", "y z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)
MAPS = st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4)


@given(MAPS, MAPS)
def test_nodes_and_data_merge_alike(base: dict[str, Any], patch: dict[str, Any]) -> None:
    """The places of a merged document are those of its merged data: every path in the one is in the other."""
    import json

    one, _ = parse(json.dumps(base), "t.yaml")
    two, _ = parse(json.dumps(patch), "o.yaml")
    document = merged(one, two)
    for path in paths(document.data):
        assert document.nodes(path)[1] is not None
    assert document.data == values(base, patch)


def paths(data: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path in plain data."""
    found: list[tuple[str | int, ...]] = [path] if path else []
    steps = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType, reportUnknownMemberType]
    for step, below in steps:  # pyright: ignore[reportUnknownVariableType]
        found.extend(paths(below, (*path, step)))  # pyright: ignore[reportUnknownArgumentType]
    return found
