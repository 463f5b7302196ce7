"""The frame: how rules are found, what a page is, how a waiver works."""

from collections.abc import Callable
from datetime import date
from types import ModuleType

import pytest
from wireplan import pages, registry, rules
from wireplan.findings import Finding, Place, Severity
from wireplan.rules import check, waivers, words
from wireplan.rules.cases import parse
from wireplan.topology.types import Topology, Waiver

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
Find = Callable[..., list[Finding]]


def waived(text: str) -> str:
    """The bad system with one waiver."""
    return f"{BAD}waivers:\n  - {text}\n"


def test_a_rule_is_named_by_its_file_and_found_by_its_code() -> None:
    rule = next(rule for rule in check.every() if rule.code == "KAF007")
    assert (rule.name, rule.area) == ("static-member-with-consumer-protocol", "kafka")


def test_codes_are_in_order_and_no_two_rules_share_one() -> None:
    codes = [rule.code for rule in check.every()]
    assert codes == sorted(set(codes))


def test_a_code_that_is_declared_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = ModuleType("first"), ModuleType("second")
    for module in (first, second):
        vars(module)["rule"] = check.Rule(
            "KAF001", Severity.ERROR, f"wireplan.rules.kafka.{module.__name__}", lambda _: []
        )
    monkeypatch.setattr(registry, "modules", lambda _: iter([first, second]))
    with pytest.raises(registry.DuplicateError, match="KAF001"):
        registry.keyed(rules, check.Rule, "code")


def test_findings_are_sorted_and_each_is_told_once(find: Find) -> None:
    found = find(
        BAD.replace("identity: stable", "identity: stable\n    environment: {DB_PASSWORD: hunter2hunter2}")
    )
    assert [finding.code for finding in found] == ["SEC003", "KAF007"]
    assert found == sorted(set(found), key=Finding.sort_key)


def test_a_finding_names_the_value_it_is_about(find: Find) -> None:
    assert [finding.path for finding in find(BAD)] == [
        ("services", "encoder", "consumes", "film.uploaded", "protocol")
    ]


@pytest.mark.parametrize(
    "allow", ["KAF007", "static-member-with-consumer-protocol", "static_member_with_consumer_protocol"]
)
@pytest.mark.parametrize("on", ["services.encoder", "services.encoder.consumes.film.uploaded.protocol"])
def test_a_waiver_allows_its_rule_at_its_place_and_below(allow: str, on: str, find: Find) -> None:
    assert find(waived(f"{{allow: {allow}, on: {on}, until: 2030-01-01, reason: one pod only}}")) == []


def test_a_waiver_without_a_place_allows_its_rule_everywhere(find: Find) -> None:
    assert find(waived("{allow: KAF007, until: 2030-01-01, reason: one pod only}")) == []


def test_a_waiver_may_stand_on_a_patch(find: Find) -> None:
    patch = "patches:\n  - {kind: Pooler, reason: few, merge: {spec: {pgbouncer: {poolMode: transaction}}}}\n"
    waiver = "  - {allow: PG007, on: patches.0, until: 2030-01-01, reason: its services keep nothing}\n"
    good = "system: shop\nservices: {orders: {}}\n"
    assert [finding.code for finding in find(good + patch)] == ["PG007"]
    assert find(f"{good}{patch}waivers:\n{waiver}") == []


def test_a_waiver_of_another_rule_allows_nothing_and_is_found(find: Find) -> None:
    found = find(waived("{allow: KAF001, on: services.encoder, until: 2030-01-01, reason: why not}"))
    assert [(finding.code, finding.severity, finding.at.line) for finding in found] == [
        ("KAF007", Severity.ERROR, 6),
        ("WAI001", Severity.WARNING, 10),
    ]


def test_a_waiver_past_its_day_allows_nothing_more(find: Find) -> None:
    text = waived("{allow: KAF007, on: services.encoder, until: 2026-06-30, reason: until the new client}")
    assert find(text, today=date(2026, 6, 30)) == []
    found = find(text, today=date(2026, 7, 1))
    assert [finding.code for finding in found] == ["KAF007", "WAI002"]
    assert "until the new client" in found[1].why


def test_a_place_that_only_begins_alike_is_another_place(load: Callable[[str], Topology]) -> None:
    topology = load(BAD)
    finding = Finding("KAF007", Severity.ERROR, Place("t"), "what", path=("services", "encoder-two"))
    waiver = Waiver("KAF007", "services.encoder", "2030-01-01", "reason")
    assert waivers.waive(topology, [finding], [waiver], None)[0] == finding


@pytest.mark.parametrize("part", pages.PARTS)
def test_a_page_without_one_of_its_parts_is_refused(part: str) -> None:
    whole = "Title.\n\n" + "\n".join(f"{word}: text" for word in pages.PARTS)
    assert pages.parse(whole).title == "Title."
    with pytest.raises(pages.PageError, match=part):
        pages.parse(whole.replace(f"{part}: text", f"{part}:"))


def test_a_case_without_a_mark_is_a_good_one() -> None:
    text = "# Title\n## Bad\n```yaml\na: 1 # finding: KAF001, KAF002\n```\n## Good\n```yaml dev\na: 2\n```\n```sh\nno case\n```\n"
    bad, good = parse(text)
    assert (bad.title, bad.marks, bad.profile) == ("Bad", ((1, "KAF001"), (1, "KAF002")), "prod")
    assert (good.title, good.good, good.profile) == ("Good", True, "dev")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.8, "800ms"),
        (1, "1s"),
        (1.5, "1500ms"),
        (45, "45s"),
        (120, "120s"),
        (900, "15m"),
        (601, "601s"),
        (7200, "2h"),
        (1209600, "14d"),
    ],
)
def test_a_duration_is_said_as_a_file_would_say_it(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


def test_a_number_carries_where_it_comes_from(load: Callable[[str], Topology]) -> None:
    topology = load(BAD)
    place = ("services", "encoder", "consumes", "film.uploaded")
    assert words.whence(topology, (*place, "protocol")) == "line 6"
    assert words.whence(topology, (*place, "session_timeout")) == "default"
    assert words.whence(topology, ("topics", "film.uploaded", "partitions")) == "derived"


@pytest.mark.parametrize(
    ("per_second", "said"),
    [(20.0, "20/s"), (1 / 120, "30/h"), (0.5, "30/m"), (3 / 7, "0.429/s"), (32.5, "1950/m"), (0.0, "0/s")],
)
def test_a_rate_is_said_in_the_unit_of_time_that_fits(per_second: float, said: str) -> None:
    assert words.rate(per_second) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (12.0, "12s"),
        (0.25, "0.2s"),
        (90.0, "1.5min"),
        (51_840.0, "14.4h"),
        (259_200.0, "3d"),
        (1e9, "11574.1d"),
    ],
)
def test_a_time_that_was_worked_out_is_said_to_a_tenth(seconds: float, said: str) -> None:
    assert words.span(seconds) == said


@pytest.mark.parametrize(
    ("items", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_is_said_in_words(items: list[str], said: str) -> None:
    assert words.listed(items) == said
