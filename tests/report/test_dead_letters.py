"""Dead letters on a screen: groups, ages, and nothing that a letter says can leave its line."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.report import dead_letters as report
from wireplan.report.screen import Screen
from wireplan.topology.letters import Letter

NOW = 1_800_000_000.0
LETTER = Letter(
    topic="orders.billing.dlt", partition=0, offset=3, service="billing", group="billing", source=("orders", "2", "41"), key="o1",
    message="shop.v1.Order", event_id="e1", attempts=4, kind="business", error="KeyError", reason="no such account",
    first_failure="2027-01-15T07:58:00+00:00", last_failure="2027-01-15T07:59:00+00:00", time=NOW - 30, size=12,
)  # fmt: skip
OTHER = replace(LETTER, topic="orders.stock.dlt", group="stock", service="stock", state="replayed", settled_at="2027-01-15T07:59:30+00:00",
                settled_to="orders.stock.retry.5s")  # fmt: skip


def test_letters_stand_under_their_group() -> None:
    assert report.table([LETTER, OTHER, replace(LETTER, offset=12, attempts=1)], NOW).splitlines() == [
        "2 open dead letters",
        "",
        "group billing of service billing",
        "  letter                   age  attempts  class     key  from         reason",
        "  orders.billing.dlt/0/3   1m   4         business  o1   orders/2/41  KeyError: no such account",
        "  orders.billing.dlt/0/12  1m   1         business  o1   orders/2/41  KeyError: no such account",
        "",
        "group stock of service stock",
        "  letter                age  attempts  class     key  from         reason",
        "  orders.stock.dlt/0/3  1m   4         business  o1   orders/2/41  replayed; KeyError: no such account",
    ]


def test_no_letters_are_none() -> None:
    assert report.table([], NOW) == "0 open dead letters\n"


def test_letters_that_are_left_out_are_counted() -> None:
    lines = report.table([LETTER], NOW, more=7).splitlines()
    assert lines[0] == "1 open dead letter at least"
    assert lines[-1].startswith("7 more")


def test_a_record_that_died_again_says_so() -> None:
    assert "replayed 2x before; KeyError" in report.table([replace(LETTER, replays=2)], NOW)


def test_colours_are_for_terminals() -> None:
    assert "\x1b[1mgroup" in report.table([LETTER], NOW, screen=Screen(colour=True))


@pytest.mark.parametrize(
    ("seconds", "said"), [(-5, "0s"), (0, "0s"), (59, "59s"), (60, "1m"), (7200, "2h"), (200_000, "2d")]
)
def test_ages(seconds: float, said: str) -> None:
    assert report.age(seconds) == said


@pytest.mark.parametrize("when", ["", "yesterday", "2027-01-15T07:59:00"])
def test_a_letter_without_a_time_is_as_old_as_its_record(when: str) -> None:
    """And a time without a zone is UTC, as all times of services are."""
    assert report.died(replace(LETTER, last_failure=when)) == (
        NOW - 60 if when.startswith("2027") else NOW - 30
    )


@given(st.text(max_size=90), st.text(max_size=20), st.text(max_size=20))
def test_a_letter_is_one_line_whatever_it_says(reason: str, error: str, key: str) -> None:
    hostile = replace(LETTER, reason=reason, error=error, key=key, kind=error, source=(key, "", ""))
    lines = report.table([hostile], NOW).split("\n")
    assert len(lines) == 6
    assert all(sign.isprintable() for line in lines for sign in line)


def test_one_letter_whole() -> None:
    value = {"what": "shop.v1.Order", "text": '{\n  "id": "o1"\n}', "json": {"id": "o1"}}
    assert report.whole(LETTER, {"type": "shop.v1.Order", "x": "a\nb"}, value, NOW).splitlines() == [
        "orders.billing.dlt/0/3",
        "  state          open",
        "  group          billing of service billing",
        "  from           orders/2/41",
        "  key            o1",
        "  failed         business, after 4 attempts",
        "  reason         KeyError: no such account",
        "  first failure  2027-01-15T07:58:00+00:00",
        "  last failure   2027-01-15T07:59:00+00:00, 1m ago",
        "  headers",
        "    type: shop.v1.Order",
        "    x: a b",
        "  value, shop.v1.Order, 12 bytes",
        "    {",
        '      "id": "o1"',
        "    }",
    ]


def test_for_programs_nothing_is_cut_and_what_is_not_known_is_null() -> None:
    found = report.document(
        "shop", "prod", [LETTER, replace(LETTER, reason="x" * 400, first_failure="")], NOW, 3
    )
    assert (found["version"], found["system"], found["environment"], found["more"]) == (1, "shop", "prod", 3)
    first, second = found["letters"]
    assert first["letter"] == "orders.billing.dlt/0/3"
    assert first["source"] == {"topic": "orders", "partition": 2, "offset": 41}
    assert first["error"] == {"class": "business", "type": "KeyError", "reason": "no such account"}
    assert (first["age"], first["state"], first["settled_at"]) == (60.0, "open", None)
    assert (len(second["error"]["reason"]), second["first_failure"]) == (400, None)


def test_a_place_that_is_no_number_is_not_known() -> None:
    wild = replace(LETTER, source=("orders", "²", "9" * 5000))
    assert report.entry(wild, NOW)["source"] == {"topic": "orders", "partition": None, "offset": None}


def test_what_became_of_each() -> None:
    told = {"done": ["t/0/1"], "failed": {"t/0/2": "not enough replicas"}, "refused": {"t/0/3": "discarded"}}
    assert report.outcome("replayed", told, {"t/0/1": "t.g.retry.5s"}).splitlines() == [
        "replayed: t/0/1 -> t.g.retry.5s",
        "not replayed: t/0/2: not enough replicas",
        "left alone: t/0/3: discarded meanwhile",
    ]
