"""What a baseline accepts, what it never accepts, and how its file is read and written."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.findings import Finding, Place, Severity, fingerprint
from wireplan.rules.baseline import Baseline, BaselineError, gone, marked, parsed, renewed, told, written

EMPTY = Baseline("wireplan.baseline.json", {})
AT = Place("topology.yaml", 7, 3, 7, 9)
names = st.text("abc", min_size=1, max_size=3)
findings = st.builds(
    Finding,
    code=st.sampled_from(["KAF001", "KAF002", "MSG006"]),
    severity=st.sampled_from(Severity),
    at=st.builds(Place, st.just("topology.yaml"), st.integers(1, 99), st.integers(1, 9)),
    what=names,
    path=st.tuples(names, names),
)


def found(code: str = "KAF001", what: str = "what", **rest: Any) -> Finding:
    return replace(Finding(code, Severity.ERROR, AT, what, path=("topics", "t")), **rest)


def baseline(*each: Finding, environment: str = "prod") -> Baseline:
    """A baseline of some findings, as it is read again."""
    made = renewed(EMPTY, {environment: each}, [environment], "")
    return parsed(written(made), EMPTY.file)


def accepted(finding: Finding, known: Baseline, environment: str = "prod") -> bool:
    """Whether a baseline accepts a finding."""
    return marked([finding], known, environment, "")[0].accepted


def test_a_finding_is_accepted_after_its_line_has_moved() -> None:
    assert accepted(found(at=replace(AT, line=99, end_line=99)), baseline(found()))


@pytest.mark.parametrize("other", [found("KAF002"), found(what="another"), found(path=("topics", "u"))])
def test_another_finding_is_new(other: Finding) -> None:
    assert not accepted(other, baseline(found()))


def test_a_finding_is_new_in_an_environment_that_did_not_have_it() -> None:
    assert not accepted(found(), baseline(found()), "staging")


NEVER = [found("YML020"), found("PAT001"), found("WAI003"), found("BAS001"), found(enforced=True)]


@pytest.mark.parametrize("never", NEVER, ids=lambda each: each.code)
def test_what_cannot_be_built_from_is_about_accepting_or_is_enforced_is_never_accepted(
    never: Finding,
) -> None:
    assert baseline(never).entries == {}
    forged = Baseline("f", {fingerprint(never, ""): next(iter(baseline(found()).entries.values()))})
    assert not accepted(never, forged)


def test_an_entry_without_a_finding_is_told_at_its_line_and_removed_when_written() -> None:
    known = baseline(found(), found("KAF002", "another"))
    finding = told(known, gone(known, {"prod": [found()]}, ["prod"], ""))
    assert finding is not None
    assert known.text.splitlines()[finding.at.line - 1].strip() == '"what": "another",'
    left = renewed(known, {"prod": [found()]}, ["prod"], "")
    assert [each.code for each in left.entries.values()] == ["KAF001"]


def test_all_entries_without_a_finding_are_one_finding() -> None:
    known = baseline(*(found(what=f"number {number}") for number in range(9)))
    finding = told(known, gone(known, {"prod": []}, ["prod"], ""))
    assert finding is not None
    assert finding.what == "9 entries accept nothing any more"
    assert finding.why.splitlines()[-1] == "and 4 more"


def test_an_environment_that_was_not_looked_at_keeps_its_entries() -> None:
    known = baseline(found(), environment="prod")
    assert gone(known, {"local": []}, ["local", "prod"], "") == {}
    again = renewed(known, {"local": [found("KAF002")]}, ["local", "prod"], "")
    assert [(each.code, each.environments) for each in again.entries.values()] == [
        ("KAF001", ("prod",)),
        ("KAF002", ("local",)),
    ]


def test_an_environment_that_is_no_longer_there_takes_its_entries_along() -> None:
    known = baseline(found(), environment="prod")
    assert list(gone(known, {"local": []}, ["local"], "").values()) == [("prod",)]
    assert renewed(known, {"local": []}, ["local"], "").entries == {}


@given(st.lists(findings, max_size=6))
def test_what_was_written_accepts_all_that_was_found_and_is_the_same_when_written_again(
    each: list[Finding],
) -> None:
    known = baseline(*each)
    assert all(one.accepted for one in marked(each, known, "prod", ""))
    assert gone(known, {"prod": each}, ["prod"], "") == {}
    assert written(renewed(known, {"prod": list(reversed(each))}, ["prod"], "")) == known.text


def test_a_new_finding_adds_its_lines_and_changes_no_other() -> None:
    before = baseline(found("KAF001"), found("MSG006")).text.splitlines()
    after = iter(baseline(found("MSG006"), found("KAF002"), found("KAF001")).text.splitlines())
    assert all(line in after for line in before), "the lines of before are there, in their order"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{}]}']
)
def test_a_text_that_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(BaselineError):
        parsed(text, "f")
