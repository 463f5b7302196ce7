"""docs/topology.md is true: its examples load, merge, resolve and run."""

import re
from pathlib import Path
from typing import Any

from wireplan.topology.resolve import resolve
from wireplan.topology.types import Topology

from tests.load.conftest import loaded

TEXT = (Path(__file__).parents[2] / "docs" / "topology.md").read_text()


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", TEXT)


def test_the_example_and_its_overlay_have_no_faults() -> None:
    example, overlay, drills = blocks("yaml")
    for over in (None, overlay):
        found = loaded(f"{example}\n{drills}", over)
        assert found.findings == ()
        assert found.system is not None
        topology = resolve(found.system)
        assert ("tips" in topology.services) == (over is None)


def test_the_example_in_python_runs() -> None:
    names: dict[str, Any] = {}
    (program,) = blocks("python")
    exec(program, names)
    topology = names["topology"]
    assert isinstance(topology, Topology)
    assert topology.services["front"].calls["orders"].deadline == 2.0


def test_every_short_form_is_one() -> None:
    """Each pair of the table gives the same system."""
    for short, long in (
        ("services: {a: {replicas: 2..4}}", "services: {a: {replicas: {min: 2, max: 4}}}"),
        (
            "services: {a: {buckets: {films: read}}}\nbuckets: [films]",
            "services: {a: {buckets: {films: {access: read}}}}\nbuckets: {films: {}}",
        ),
        (
            "services: {a: {serves: x.A}, b: {calls: [a]}}",
            "services: {a: {serves: [x.A]}, b: {calls: {a: {}}}}",
        ),
        (
            "services: {a: {serves: x.A}, b: {calls: {a: {retry: 3, fallback: empty}}}}",
            "services: {a: {serves: [x.A]}, b: {calls: {a: {retry: {attempts: 3}, fallback: {kind: empty}}}}}",
        ),
        (
            "services: {a: {database: d}}\ndatabases: {m: {databases: d}}",
            "services: {a: {database: {name: d}}}\ndatabases: {m: {databases: [d]}}",
        ),
        (
            "services: {a: {serves: x.A}}\nsagas: {s: {owner: a, steps: [{one: {call: a.B}}]}}",
            "services: {a: {serves: x.A}}\nsagas: {s: {owner: a, steps: [{name: one, call: a.B}]}}",
        ),
    ):
        one, other = (loaded(f"system: s\n{text}\n") for text in (short, long))
        assert one.findings == other.findings == ()
        assert one.system == other.system
