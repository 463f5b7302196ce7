"""The judge of the rules is itself judged: what is missed, found elsewhere or said besides does not pass; and the page is current."""

import re
from pathlib import Path

import pytest
from wireplan.rules.check import Rule, every

from tests.rules.mutating import Host, Mutation, RefusedError, checked, spread
from tests.rules.trust import Score, judged

PAGE = Path(__file__).resolve().parents[2] / "docs" / "trust.md"
HOST = Host(
    "two",
    {
        "system": "two",
        "services": {
            "front": {"kind": "gateway", "calls": {"part": {}}},
            "part": {"serves": ["x.v1.Part"], "consumes": {"thing": {}}},
        },
        "topics": {"thing": {"message": "x.v1.Happened"}},
    },
)
GROUP = ("services", "part", "consumes", "thing")
COMMIT = (*GROUP, "commit")


def rule(code: str) -> Rule:
    """The rule of a code."""
    return next(each for each in every() if each.code == code)


def test_a_mutation_that_is_found_where_it_is_is_right() -> None:
    verdict = judged(rule("KAF006"), HOST, HOST.put("before-effect", *COMMIT))
    assert verdict.right
    assert str(verdict) == "services.part.consumes.thing.commit found"


def test_a_mutation_that_breaks_nothing_is_not_found() -> None:
    verdict = judged(rule("KAF006"), HOST, HOST.put("after-effect", *COMMIT))
    assert (verdict.found, verdict.placed, verdict.right) == (False, False, False)
    assert str(verdict) == "services.part.consumes.thing.commit not found"


def test_a_finding_at_another_line_is_not_at_its_place() -> None:
    verdict = judged(rule("KAF006"), HOST, HOST.puts({COMMIT: "before-effect"}, ("services", "front")))
    assert (verdict.found, verdict.placed, verdict.right) == (True, False, False)


def test_what_else_is_said_counts_against_it_unless_it_was_announced() -> None:
    two = {COMMIT: "before-effect", (*GROUP, "dead_letter"): False}
    verdict = judged(rule("KAF006"), HOST, HOST.puts(two, COMMIT))
    assert [finding.code for finding in verdict.others] == ["KAF012"]
    assert not verdict.right
    assert "also KAF012 at services.part.consumes.thing.dead_letter" in str(verdict)
    assert judged(rule("KAF006"), HOST, HOST.puts(two, COMMIT, also=["KAF012"])).right


def test_the_same_fault_at_a_second_place_counts_against_it() -> None:
    calls = {("services", "front", "calls", "part", "load_balancing"): "pick_first"}
    wrong = {**calls, ("services", "part", "calls"): {"part-2": {"load_balancing": "pick_first"}}, ("services", "part-2"): {"serves": ["x.v1.B"]}}  # fmt: skip
    verdict = judged(rule("RPC001"), HOST, HOST.puts(wrong, next(iter(calls))))
    assert verdict.placed
    assert [finding.code for finding in verdict.others] == ["RPC001"]


def test_what_was_found_before_is_nobodys_mutation() -> None:
    broken = Host("broken", HOST.put(False, *GROUP, "dead_letter").document)
    assert judged(rule("KAF006"), broken, broken.put("before-effect", *COMMIT)).right


def test_a_mutation_that_the_loader_refuses_is_no_mutation() -> None:
    with pytest.raises(RefusedError, match="YML023"):
        checked(HOST.put("sometimes", *COMMIT).document, HOST.schema)


def test_a_score_is_the_share_of_what_was_found_where_it_is() -> None:
    score = Score(rule("KAF006"))
    assert (score.recall, score.precision) == (0.0, 0.0)
    for value in ("before-effect", "after-effect"):
        score.add([judged(score.rule, HOST, HOST.put(value, *COMMIT))])
    score.add([judged(score.rule, HOST, HOST.puts({COMMIT: "before-effect", (*GROUP, "inbox"): True, (*GROUP, "dead_letter"): False}, COMMIT))])  # fmt: skip
    assert (score.tried, score.placed, len(score.alarms)) == (3, 2, 1)
    assert score.recall == pytest.approx(2 / 3)
    assert score.precision == pytest.approx(2 / 3)
    assert len(score.wrong) == 2


def test_a_few_of_many_mutations_are_taken_from_all_of_them() -> None:
    many = [Mutation({}, {}, (number,)) for number in range(10)]
    assert [each.at[0] for each in spread(many, 3)] == [0, 3, 6]
    assert spread(many, 99) == many


def test_the_page_holds_a_score_of_every_rule() -> None:
    rows = re.findall(
        r"(?m)^\| ([A-Z0-9]+) \| \S+ \| [1-9]\d* \| \d+ \| 0 \| 1\.00 \| 1\.00 \|$", PAGE.read_text()
    )
    assert rows == [each.code for each in every()], "run: python benchmarks/trust.py --write docs/trust.md"
