"""What is promised that a drill can show, on what each promise stands, and that the drills of the reference system are done."""

import re

import pytest
from wireplan.topology.promises import promises
from wireplan.topology.types import Break, Control, Quiet

from tests.topology.conftest import ROOT, system, tube

SHOP = {
    "services": {
        "front": {"kind": "gateway", "calls": {"a": {}, "tips": {"fallback": "empty"}}},
        "a": {"serves": "x.v1.A", "database": "a", "calls": ["b"], "publishes": ["made"]},
        "b": {"serves": "x.v1.B", "consumes": ["made", "draft"]},
        "tips": {"serves": "x.v1.T"},
    },
    "topics": {"made": {"message": "x.v1.Made"}, "draft": {"message": "x.v1.Made", "durable": False}},
    "databases": {"main": {"databases": ["a"]}, "small": {"databases": [], "instances": 1}},
    "sagas": {"buy": {"owner": "a", "steps": [{"name": "one", "call": "b.Put", "undo": "b.Undo"}]}},
}


def test_what_is_promised_is_what_survives_what_ends_and_what_is_answered_all_the_same() -> None:
    assert set(promises(system(**SHOP))) == {
        "topics.made",  # neither draft, which is not durable, nor the dead letters
        "databases.main",  # not small, which promises no rpo
        "sagas.buy",
        "services.front.calls.tips",  # not a, without which front fails
    }


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("topics.made", {"kafka", "services.a", "services.b", "databases.main"}),
        ("databases.main", {"databases.main"}),
        ("sagas.buy", {"services.a", "services.b", "databases.main"}),
        ("services.front.calls.tips", {"services.tips"}),
    ],
)
def test_a_promise_stands_on_the_parts_that_may_break_it(name: str, parts: set[str]) -> None:
    assert promises(system(**SHOP))[name].stands_on == parts


def test_a_saga_that_sends_stands_on_the_brokers_and_on_who_reads_what_it_sends() -> None:
    steps = [{"name": "one", "send": "made", "undo": "topic made"}]
    found = system(**{**SHOP, "sagas": {"buy": {"owner": "a", "steps": steps}}})
    assert promises(found)["sagas.buy"].stands_on == {"kafka", "services.a", "services.b", "databases.main"}


def test_a_drill_says_which_copy_and_how_long_in_seconds() -> None:
    drill = {
        "breaks": [
            {"part": "services.a", "how": "kill"},
            {"part": "kafka", "how": "freeze", "which": "all", "lasts": "1m"},
        ],
        "holds": "topics.made",
        "quiet": {"stable": "5s", "within": "3m"},
        "control": {"change": "services.b.consumes.made.commit", "to": "before-effect"},
    }
    found = system(**SHOP, drills={"killed": drill}).drills["killed"]
    assert found.breaks == (Break("services.a", "kill", "one", None), Break("kafka", "freeze", "all", 60.0))
    assert found.holds == ("topics.made",)
    assert found.quiet == Quiet(5.0, 180.0)
    assert found.control == Control("services.b.consumes.made.commit", "before-effect")


def test_each_drill_of_the_reference_system_and_each_control_is_done_by_a_test() -> None:
    """Nothing runs drills by itself: what the topology declares is what tests/cluster/tube does."""
    files = (ROOT / "tests" / "cluster" / "tube").glob("test_*.py")
    text = "".join(file.read_text() for file in files)
    assert sorted(re.findall(r'mark\.drill\("([^"]+)"\)', text)) == sorted(tube().drills)
    shown = re.findall(r'"([^"]+)"', " ".join(re.findall(r"mark\.control\((.+)\)", text)))
    assert sorted(shown) == sorted(drill.name for drill in tube().drills.values() if drill.control)
