"""Each path that `wireplan show` prints is one that a person can write in the file, or is marked as none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wireplan.load.read import load
from wireplan.report.shown import whence
from wireplan.rim import sources
from wireplan.topology.describe import Value, absent, described, located, nodes
from wireplan.topology.resolve import NO_ENVIRONMENT
from wireplan.topology.types import OriginKind, Topology

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = [
    *(("stacks/tube", name) for name in ("local", "staging", "prod")),
    *((str(each.parent.relative_to(ROOT)), None) for each in sorted(ROOT.glob("examples/*/topology.yaml"))),
]
WRITTEN = OriginKind.WRITTEN
SHORT = {"handler": "timeout", "retry": "attempts", "database": "name", "fallback": "kind"}
"""What a key means that holds one value where it may hold a map."""


def shown(topology: Topology) -> Iterator[Value]:
    """Every value of a topology that is there."""
    for node in nodes(topology):
        yield from (each for each in described(topology, located(topology, node)) if not absent(each))


def plain(value: Value) -> Any:
    """A value as it is typed: by the text that is shown."""
    if isinstance(value.value, tuple):
        return value.text.split(", ") if value.value else []
    if value.path[-1] == "dead_letter":
        return value.value is not None  # whether there is one is written, its name follows
    number = isinstance(value.value, int | float) and value.text.replace(".", "").isdigit()
    return value.value if number or isinstance(value.value, bool) else value.text


def put(data: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """The data with a value at a path, short forms written out on the way to it."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(data or [])
        items += [None] * (step + 1 - len(items))
        return [put(named(item), rest, new) if number == step else item for number, item in enumerate(items)]
    if isinstance(data, list):
        data = dict.fromkeys(data)
    table = dict(data or {})
    below = table.get(step)
    if below is True:  # a switch: its long form is a table with nothing said in it
        below = {} if rest else below
    elif rest and below is not None and not isinstance(below, dict | list):
        below = long(step, below)
    return {**table, step: put(below, rest, new)}


def named(item: Any) -> Any:
    """An item with its name among its keys: of `{reserve: {call: ...}}` too."""
    if isinstance(item, dict) and len(item) == 1 and isinstance(next(iter(item.values())), dict):
        ((name, rest),) = item.items()
        return {"name": name, **rest}
    return item


def long(key: str, short: Any) -> dict[str, Any]:
    """A short form written out."""
    if key == "replicas":
        least, _, most = str(short).partition("..")
        return {"min": int(least), "max": int(most or least)}
    return {SHORT.get(key, "access"): short}


@pytest.mark.parametrize(("folder", "environment"), SYSTEMS)
def test_a_topology_with_every_key_that_is_shown_written_out_is_the_same(
    folder: str, environment: str | None
) -> None:
    file = ROOT / folder / "topology.yaml"
    overlay = str(file.with_name(f"{environment}.yaml")) if environment else None
    base = sources.topology(file, environment)
    data = load(sources.read, str(file), overlay).document.data
    before = {each.path: each for each in shown(base)}
    for each in before.values():
        if each.key is not None and (each.value is not None or each.path[-1] == "dead_letter"):
            data = put(data, each.key, plain(each))
    loaded = load(lambda _: json.dumps(data).encode(), str(file))
    again = sources.finished(loaded, file, environment or NO_ENVIRONMENT)
    assert [f"{found.code} {found.what}" for found in again.findings] == []
    assert again.topology is not None
    after = {each.path: each for each in shown(again.topology)}
    assert {path: each.text for path, each in after.items()} == {
        path: each.text for path, each in before.items()
    }
    assert [path for path, each in after.items() if each.key and each.origin.kind is not WRITTEN] == []


def test_what_has_no_key_says_so() -> None:
    topology = sources.topology(ROOT / "stacks" / "tube" / "topology.yaml", "local")
    table = {each.path[2:]: each for each in described(topology, ("services", "upload"))}
    assert table[("ports", "grpc")].key is None
    assert whence(table[("ports", "grpc")]).startswith("derived, no key: grpc 50051")
    assert whence(table[("replicas", "surge")]).startswith("fixed, no key: one pod more")
    assert table[("resources", "memory_request")].key == ("services", "upload", "resources", "memory")
    assert whence(table[("resources", "memory_request")]).startswith("default: a Python service")
    assert whence(table[("database", "name")]).endswith("topology.yaml:46:15")
    held = next(iter(described(topology, ("databases", "main", "databases"))))
    assert whence(held).startswith("no key: follows from ")
