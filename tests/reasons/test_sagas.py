"""A saga's facts: who remembers it, how far it turns back, what undoes each step; and what the rules find stands below one of them."""

import sys
from pathlib import Path
from typing import Any

import pytest
from wireplan.model.units import duration_text
from wireplan.reasons import sagas
from wireplan.reasons.facts import Stage, concerning
from wireplan.rim.sources import sources
from wireplan.rules.cases import Case, parse
from wireplan.rules.check import check, every
from wireplan.topology.types import OriginKind, Topology

from tests.topology.conftest import system

CASES = {
    f"{rule.code}: {case.title}": case
    for rule in every()
    if rule.area == "saga"
    for case in parse(Path(sys.modules[rule.module].__file__ or "").with_suffix(".md").read_text())
}
STEPS: list[dict[str, Any]] = [
    {"name": "note", "undo": "a.Put"},
    {"name": "look", "call": "a.Get"},
    {
        "name": "ask",
        "send": "asked",
        "await": "told",
        "undo": "topic undone",
        "timeout": "10s",
        "attempts": 2,
    },
    {"name": "pay", "call": "a.Add", "pivot": True, "timeout": "5s"},
    {"name": "tell", "send": "asked"},
]


def shop(steps: list[dict[str, Any]], **saga: Any) -> Topology:
    """A saga of an owner that has all that it needs."""
    names = ("asked", "told", "undone")
    return system(
        services={
            "orders": {
                "database": "orders",
                "calls": {"a": {"deadline": "2s"}},
                "publishes": ["asked", "undone"],
                "consumes": ["told"],
            },
            "a": {"serves": "x.v1.A", "publishes": ["told"], "consumes": ["asked", "undone"]},
        },
        topics={name: {"message": "x.v1.Made"} for name in names},
        databases={"main": {"databases": ["orders"]}},
        sagas={"order": {"owner": "orders", "steps": steps, **saga}},
    )


def stages(topology: Topology) -> list[Stage]:
    """Of its one saga."""
    return list(sagas.stated(topology, topology.sagas["order"]))


def says(stage: Stage, name: str) -> str:
    """What a fact says."""
    return next(fact.says for fact in stage.facts if fact.name == name)


def test_the_whole_names_its_memory_its_time_and_its_point_of_no_return() -> None:
    topology = shop(STEPS)
    whole, *steps = stages(topology)
    assert [each.name for each in steps] == ["note", "look", "ask", "pay", "tell"]
    assert says(whole, "owner").startswith("orders: the step that is reached stands in its database orders")
    timeout = duration_text(topology.sagas["order"].timeout)
    assert says(whole, "timeout").startswith(
        f"{timeout}, then it turns back; the 4 steps up to the pivot take"
    )
    assert says(whole, "pivot").startswith("pay, step 4 of 5; until it is done the saga turns back")


def test_each_step_says_what_it_does_and_what_undoes_it() -> None:
    _, note, look, ask, pay, tell = stages(shop(STEPS))
    assert says(note, "begins") == "what orders did in the transaction that began the saga"
    assert says(note, "undo") == "a.Put: its contract says IDEMPOTENT, so that it may be done twice"
    assert says(look, "calls").startswith("a.Get, which orders calls with a deadline of 2s")
    assert says(look, "undo") == "none is needed: it changes nothing"
    assert says(ask, "sends") == "a record to asked"
    assert says(ask, "ends") == "with a record of told"
    assert says(ask, "time").endswith("= 20s")
    assert says(ask, "undo").startswith("a record to undone")
    assert says(pay, "undo").startswith("none is needed: where it is not done")
    assert says(tell, "undo") == "never: it comes after the pivot"
    assert says(tell, "goes on").startswith("until it is done")


def test_without_a_pivot_the_last_step_decides() -> None:
    whole, *_ = stages(shop(STEPS[:3]))
    assert says(whole, "pivot").startswith("none is named, so it is the last: ask, step 3 of 3")


def test_two_pivots_are_said_to_be_two() -> None:
    whole, *_ = stages(shop([*STEPS[:4], {**STEPS[4], "pivot": True}]))
    assert says(whole, "pivot") == "pay, step 4 of 5, and tell as well: both cannot decide"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_a_rule_finds_of_a_saga_stands_below_one_of_its_facts(case: Case, tmp_path: Path) -> None:
    (tmp_path / "topology.yaml").write_text(case.text)
    if case.proto:
        (tmp_path / "protos").mkdir()
        (tmp_path / "protos" / "contracts.proto").write_text(case.proto)
    topology = sources(tmp_path / "topology.yaml").topology
    assert topology is not None
    found = [each for each in check(topology, profile=case.profile) if each.code.startswith("SAG")]
    assert bool(found) is not case.good
    answers = {name: sagas.answer(topology, saga, (found, found)) for name, saga in topology.sagas.items()}
    for finding in found:
        answer = answers[str(finding.path[1])]
        assert finding in answer.findings
        assert not answer.safe
        facts = [fact for each in answer.stages for fact in each.facts]
        assert concerning(facts, [finding]), finding.path
    if case.good:
        assert all(each.safe for each in answers.values())


def test_every_value_that_somebody_wrote_is_shown_with_its_place() -> None:
    topology = shop(STEPS, timeout="1h")
    written = {
        fact.path[2:]
        for each in stages(topology)
        for fact in each.facts
        if topology.origin(*fact.path).kind is OriginKind.WRITTEN and topology.origins.get(fact.path)
    }
    assert {
        ("owner",),
        ("timeout",),
        ("steps", 3, "pivot"),
        ("steps", 2, "send"),
        ("steps", 0, "undo"),
    } <= written
