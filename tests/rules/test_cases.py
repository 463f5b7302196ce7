"""Every case beside every rule: exactly the marked findings at the marked lines, and no other."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from wireplan.findings import Finding
from wireplan.load.edits import applied
from wireplan.rules.cases import Case, parse
from wireplan.rules.check import every

CASES = {
    f"{rule.code}: {case.title}": case
    for rule in every()
    for case in parse(Path(sys.modules[rule.module].__file__ or "").with_suffix(".md").read_text())
}
BAD = {title: case for title, case in CASES.items() if not case.good}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_is_found_where_it_is_marked_and_nowhere_else(
    case: Case, find: Callable[..., list[Finding]]
) -> None:
    found = sorted(
        (finding.at.line, finding.code) for finding in find(case.text, case.profile, proto=case.proto)
    )
    assert found == list(case.marks)


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_a_finding_says_what_why_and_what_to_do(case: Case, find: Callable[..., list[Finding]]) -> None:
    for finding in find(case.text, case.profile, proto=case.proto):
        assert finding.what
        assert finding.why
        assert finding.fix
        assert finding.at.end_column, "the place is a stretch, so that carets and edits know their end"


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_an_edit_mends_what_it_is_the_edit_of(case: Case, find: Callable[..., list[Finding]]) -> None:
    """Where there is one right answer, putting it in takes the finding away and brings no other."""
    edits = [finding.edit for finding in find(case.text, case.profile, proto=case.proto) if finding.edit]
    text, done = applied(case.text, edits)
    if edits:
        assert done
        assert len(find(text, case.profile, proto=case.proto)) <= len(case.marks) - len(done)
