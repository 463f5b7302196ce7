"""How strictly rules are taken: enforced ones, severities, and words about rules that mean nothing."""

from collections.abc import Callable

import pytest
from wireplan.findings import Finding, Severity

BAD = """\
system: films
services:
  encoder:
    identity: stable
    consumes:
      film.uploaded: {membership: static, protocol: consumer}
topics:
  film.uploaded: {pattern: point-to-point, message: films.events.v1.FilmUploaded}
"""
WAIVER = "waivers:\n  - {allow: KAF007, until: 2030-01-01, reason: one pod only}\n"
Find = Callable[..., list[Finding]]


def told(findings: list[Finding]) -> list[tuple[str, str, int]]:
    """Code, severity and line of each."""
    return [(each.code, each.severity.value, each.at.line) for each in findings]


@pytest.mark.parametrize(
    "name", ["KAF007", "static-member-with-consumer-protocol", "static_member_with_consumer_protocol"]
)
def test_no_waiver_lifts_an_enforced_rule_and_one_that_tries_is_found(name: str, find: Find) -> None:
    found = find(f"{BAD}rules: {{enforced: [{name}]}}\n{WAIVER}")
    assert told(found) == [("KAF007", "error", 6), ("WAI003", "warning", 11)]
    assert found[0].enforced
    assert [each.at.line for each in found[1].related] == [9], "where it is enforced"


def test_a_waiver_of_an_enforced_rule_is_found_also_where_the_rule_finds_nothing(find: Find) -> None:
    good = BAD.replace(", protocol: consumer", "")
    assert told(find(f"{good}rules: {{enforced: KAF007}}\n{WAIVER}")) == [("WAI003", "warning", 11)]


def test_other_rules_can_be_waived_beside_an_enforced_one(find: Find) -> None:
    assert find(f"{BAD}rules: {{enforced: [MSG001]}}\n{WAIVER}") == []


@pytest.mark.parametrize("profile", ["dev", "prod"])
@pytest.mark.parametrize("severity", ["note", "warning", "error"])
def test_a_severity_that_is_set_counts_in_every_profile(severity: str, profile: str, find: Find) -> None:
    topic = "system: s\nservices: {a: {publishes: [t]}}\ntopics: {t: {message: M, min_insync_replicas: 1}}\n"
    own = find(topic, profile=profile)
    assert told(own) == [("KAF002", "warning" if profile == "dev" else "error", 3)]
    (found,) = find(f"{topic}rules: {{severity: {{KAF002: {severity}}}}}\n", profile=profile)
    assert found.severity is Severity(severity)
    differs = found.severity is not own[0].severity
    told_where = [each.at.line for each in found.related if "by this line" in each.note]
    assert told_where == ([4] if differs else [])


def test_an_enforced_rule_can_be_made_worse_but_not_milder(find: Find) -> None:
    text = f"{BAD}rules: {{enforced: [KAF007, MSG006], severity: {{KAF007: note, MSG006: error}}}}\n"
    assert told(find(text)) == [("KAF007", "error", 6), ("WAI003", "warning", 9)]


def test_a_name_that_no_rule_has_is_an_error_where_it_would_enforce_nothing(find: Find) -> None:
    found = find(
        f"{BAD}rules: {{enforced: [static-member-with-consumer], severity: {{mild: note}}}}\n{WAIVER}"
    )
    assert told(found) == [("WAI004", "error", 9), ("WAI004", "error", 9)]
    assert "did you mean static-member-with-consumer-protocol?" in found[0].what
    assert found[0].edit is not None


def test_a_waiver_of_a_rule_that_is_not_there_is_told_once(find: Find) -> None:
    waiver = WAIVER.replace("KAF007", "static-membr-with-consumer-protocol")
    found = find(BAD + waiver)
    assert told(found) == [("KAF007", "error", 6), ("WAI004", "warning", 10)]
    assert found[1].edit is not None
    assert found[1].edit.text == "static-member-with-consumer-protocol"


def test_the_loaders_codes_are_no_rules(find: Find) -> None:
    assert told(find(f"{BAD}rules: {{enforced: [YML020]}}\n{WAIVER}")) == [("WAI004", "error", 9)]


def test_what_buf_finds_is_known_though_it_is_not_asked(find: Find) -> None:
    text = f"{BAD}rules: {{enforced: [contract-taken-away, PRO003], severity: {{PRO003: warning, PRO001: note}}}}\n"
    assert told(find(text)) == [("KAF007", "error", 6), ("WAI003", "warning", 9)]
