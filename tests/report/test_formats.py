"""The formats that other programs read: nothing of a finding is lost, and no text of one breaks out of its field."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.findings import Edit, Finding, Place, Related, Severity, fingerprint
from wireplan.report import github, gitlab, junit, sarif, text
from wireplan.report import json as as_json
from wireplan.report.run import Checked, Run

AT = Place("stacks/my shop/topology.yaml", 7, 19, 7, 27)
FOUND = Finding(
    code="KAF007",
    severity=Severity.ERROR,
    at=AT,
    what='group "a, b: c" is fenced',
    why="100 % of pods:\nthe second line",
    fix="protocol: classic",
    name="static-member-with-consumer-protocol",
    related=(Related(Place("topology.yaml", 6, 1), "the member"),),
    edit=Edit(AT, "classic"),
    path=("services", "encoder"),
)
WARNED = Finding("MSG006", Severity.WARNING, Place("topology.yaml", 3, 1), "round and round")

texts = st.text(max_size=40)
lines = st.integers(1, 10**6)
findings = st.builds(
    Finding,
    code=st.sampled_from(["KAF001", "YML030", "NEW999"]),
    severity=st.sampled_from(Severity),
    at=st.builds(Place, texts, lines, lines),
    what=texts,
    why=texts,
    fix=texts,
    name=texts,
)


def run(*findings: Finding, environments: tuple[str, ...] = ("prod",)) -> Run:
    """A run that found the same in each environment."""
    return Run("topology.yaml", tuple(Checked(name, "prod", findings) for name in environments), {}, rules=1)


def test_an_annotation_is_one_line_and_its_properties_are_escaped() -> None:
    assert github.render(run(FOUND)) == (
        "::error file=stacks/my shop/topology.yaml,line=7,col=19,endColumn=27,"
        "title=KAF007 static-member-with-consumer-protocol::"
        'group "a, b: c" is fenced%0A100 %25 of pods:%0Athe second line%0Afix: protocol: classic\n'
    )


@given(findings)
def test_no_text_ends_an_annotation_early(finding: Finding) -> None:
    told = github.render(run(finding))
    assert told.count("\n") == 1
    assert "\r" not in told
    properties = told.split("::")[1].partition(" ")[2]
    names = [part.partition("=")[0] for part in properties.split(",")]
    assert names == ["file", "line", "col", "title"]


def test_what_gitlab_shows_has_a_place_a_severity_and_a_fingerprint_of_its_own() -> None:
    issues = json.loads(gitlab.render(run(FOUND, WARNED)))
    assert [
        (each["check_name"], each["severity"], each["location"]["lines"]["begin"]) for each in issues
    ] == [
        ("KAF007", "major", 7),
        ("MSG006", "minor", 3),
    ]
    assert len({each["fingerprint"] for each in issues}) == 2


def test_a_finding_is_known_again_after_its_line_has_moved() -> None:
    moved = Finding(**{**fields(FOUND), "at": Place(AT.file, 99, 1)})
    marks = [json.loads(gitlab.render(run(each)))[0]["fingerprint"] for each in (FOUND, moved)]
    assert marks[0] == marks[1]


def fields(finding: Finding) -> dict[str, object]:
    """A finding's fields by name."""
    return {name: getattr(finding, name) for name in Finding.__dataclass_fields__}


def test_a_finding_is_known_again_from_whatever_folder_the_command_is_run() -> None:
    inside = replace(FOUND, at=replace(AT, file="topology.yaml"))
    assert fingerprint(FOUND, "stacks/my shop") == fingerprint(inside, "")
    assert fingerprint(FOUND, "stacks") != fingerprint(inside, "")


def test_what_a_baseline_accepts_is_marked_in_every_format_and_fails_in_none() -> None:
    found = replace(run(replace(FOUND, accepted=True), WARNED), baseline="wireplan.baseline.json")
    results = json.loads(sarif.render(found))["runs"][0]["results"]
    states = {each["ruleId"]: (each["baselineState"], "suppressions" in each) for each in results}
    assert states == {"KAF007": ("unchanged", True), "MSG006": ("new", False)}
    (suite,) = ElementTree.fromstring(junit.render(found))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", "0", "1")
    issues = {each["check_name"]: each for each in json.loads(gitlab.render(found))}
    assert issues["KAF007"]["severity"] == "info"
    assert issues["KAF007"]["description"].startswith("accepted by the baseline: ")
    assert issues["KAF007"]["fingerprint"] == json.loads(gitlab.render(run(FOUND)))[0]["fingerprint"]
    lines = github.render(found).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::warning", "::notice"]
    assert "1 finding accepted by wireplan.baseline.json" in lines[1]
    assert "KAF007" not in text.render(found)
    assert "1 warning, 1 accepted by wireplan.baseline.json in prod (prod)" in text.render(found)
    document = json.loads(as_json.render(found))
    assert {each["code"]: each["accepted"] for each in document["findings"]} == {
        "KAF007": True,
        "MSG006": False,
    }
    assert document["summary"] == {"error": 0, "warning": 1, "note": 0, "accepted": 1}


def test_without_a_baseline_no_result_has_a_state() -> None:
    assert "baselineState" not in sarif.render(run(FOUND))


def test_an_enforced_rule_is_told_as_such() -> None:
    found = run(replace(FOUND, enforced=True))
    assert "[KAF007 static-member-with-consumer-protocol, enforced]" in text.render(found)
    assert json.loads(as_json.render(found))["findings"][0]["enforced"] is True
    assert json.loads(sarif.render(found))["runs"][0]["results"][0]["properties"]["enforced"] is True


def test_an_environment_is_a_suite_and_only_errors_fail_in_it() -> None:
    root = ElementTree.fromstring(junit.render(run(FOUND, WARNED, environments=("local", "prod"))))
    suites = [(each.get("name"), each.get("tests"), each.get("failures")) for each in root]
    assert suites == [("topology.yaml in local", "2", "1"), ("topology.yaml in prod", "2", "1")]
    failure = root.find("./testsuite/testcase/failure")
    assert failure is not None
    assert "fix: protocol: classic" in (failure.text or "")


def test_a_clean_environment_is_a_test_that_passed() -> None:
    (suite,) = ElementTree.fromstring(junit.render(run()))
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")


@given(findings)
def test_any_text_is_well_formed_xml(finding: Finding) -> None:
    assert ElementTree.fromstring(junit.render(run(finding))).tag == "testsuites"


def test_a_result_points_at_its_rule_its_places_and_its_fix() -> None:
    (log,) = json.loads(sarif.render(run(WARNED, FOUND)))["runs"]
    rules = log["tool"]["driver"]["rules"]
    first = log["results"][0]
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "KAF007"
    assert rules[first["ruleIndex"]]["help"]["text"].startswith("What: ")
    assert first["level"] == "error"
    region = {"startLine": 7, "startColumn": 19, "endLine": 7, "endColumn": 27}
    artifact = {"uri": "stacks/my%20shop/topology.yaml", "uriBaseId": "%SRCROOT%"}
    assert first["locations"] == [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
    (change,) = first["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [{"deletedRegion": region, "insertedContent": {"text": "classic"}}]
    assert first["relatedLocations"][0]["message"]["text"] == "the member"


def test_rules_are_listed_once_and_only_those_that_spoke() -> None:
    (log,) = json.loads(sarif.render(run(FOUND, WARNED, FOUND, environments=("a", "b"))))["runs"]
    assert [each["id"] for each in log["tool"]["driver"]["rules"]] == ["KAF007", "MSG006"]
    assert log["results"][0]["properties"] == {"environments": ["a", "b"], "enforced": False}


@given(findings)
def test_any_finding_is_a_result(finding: Finding) -> None:
    (log,) = json.loads(sarif.render(run(finding)))["runs"]
    (result,) = log["results"]
    assert result["ruleId"] == finding.code
    assert ("ruleIndex" in result) == (finding.code != "NEW999")


@pytest.mark.parametrize("render", [github.render, gitlab.render, junit.render, sarif.render])
def test_the_same_run_gives_the_same_bytes(render: Callable[[Run], str]) -> None:
    assert render(run(FOUND, WARNED)) == render(run(FOUND, WARNED))
    assert not re.search(r"0x[0-9a-f]{8}", render(run(FOUND)))
