"""Findings for a person: what is on the screen, character by character."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wireplan.findings import Finding, Place, Related, Severity, Step
from wireplan.report import excerpt, text
from wireplan.report.run import Checked, Run
from wireplan.report.screen import Screen

SOURCE = """\
system: films
services:
  encoder:
    consumes:
      film.uploaded:
        membership: static
        protocol: consumer
    environment: {SMTP_PASSWORD: correct-horse, LOG: info}
"""

FOUND = Finding(
    code="KAF007",
    severity=Severity.ERROR,
    at=Place("topology.yaml", 7, 19, 7, 27),
    what='group "encoder" refuses a pod that comes back',
    why="Its session of 45s (default) still holds the name.",
    fix="protocol: classic",
    name="static-member-with-consumer-protocol",
    related=(Related(Place("topology.yaml", 6, 21, 6, 27), "static membership"),),
)
SECRET = Finding(
    code="SEC003",
    severity=Severity.ERROR,
    at=Place("topology.yaml", 8, 34, 8, 47),
    what="services.encoder.environment.SMTP_PASSWORD is written in the open",
    secret=True,
)


def run(*findings: Finding, source: str = SOURCE) -> Run:
    """A run over one environment."""
    checked = Checked("prod", "prod", findings, {"service": 1, "topic": 2})
    return Run("topology.yaml", (checked,), {"topology.yaml": source}, rules=12)


def test_a_finding_shows_place_source_sum_and_what_to_write() -> None:
    assert (
        text.render(run(FOUND))
        == """\
topology.yaml:7:19: error: group "encoder" refuses a pod that comes back [KAF007 static-member-with-consumer-protocol]
   6 |         membership: static
     |                     ------ static membership
   7 |         protocol: consumer
     |                   ^^^^^^^^
   Its session of 45s (default) still holds the name.
   fix: protocol: classic

topology.yaml: 1 error in prod (prod)
What a code is about: wireplan explain KAF007
"""
    )


def test_a_schedule_is_told_step_by_step_each_with_its_place() -> None:
    first = Step(
        Place("topology.yaml", 6, 21), "The pod is killed; its name is kept for " + "a long time " * 9
    )
    second = Step(Place("prod.yaml", 3, 5), "It comes back.")
    shown = text.render(run(replace(FOUND, steps=(first, second)))).splitlines()
    at = shown.index("   Its session of 45s (default) still holds the name.")
    assert shown[at + 1].startswith("   1. The pod is killed; its name is kept for ")
    assert shown[at + 2].startswith("      ")
    assert shown[at + 2].endswith("(line 6)")
    assert shown[at + 3] == "   2. It comes back. (prod.yaml line 3)"
    assert shown[at + 4] == "   fix: protocol: classic"


def test_a_run_without_findings_says_what_was_read() -> None:
    assert (
        text.render(run()) == "topology.yaml: no findings by 12 rules in prod (prod): 1 service, 2 topics\n"
    )


def test_a_secret_is_not_shown_even_where_its_line_is() -> None:
    beside = Finding(
        "KAF001", Severity.NOTE, Place("topology.yaml", 8, 49, 8, 52), "something else on that line"
    )
    shown = text.render(run(SECRET, beside))
    assert "correct-horse" not in shown
    assert "SMTP_PASSWORD: *************, LOG: info" in shown


def test_the_same_finding_of_two_environments_is_told_once_at_its_worst() -> None:
    mild = Finding(FOUND.code, Severity.WARNING, FOUND.at, FOUND.what, FOUND.why, FOUND.fix, FOUND.name)
    checked = (
        Checked("local", "dev", (mild,)),
        Checked("prod", "prod", (FOUND,)),
        Checked("staging", "prod", ()),
    )
    seen = Run("topology.yaml", checked, {}, rules=12).seen()
    assert [(each.finding.severity, each.environments) for each in seen] == [
        (Severity.ERROR, ("local", "prod"))
    ]
    assert "(warning in local, error in prod)" in text.render(Run("topology.yaml", checked, {}, rules=12))


def test_colour_is_only_there_when_asked_for() -> None:
    assert "\x1b" not in text.render(run(FOUND))
    assert "\x1b[31;1merror:\x1b[0m" in text.render(run(FOUND), Screen(colour=True))


def test_control_characters_of_a_file_do_not_reach_the_terminal() -> None:
    hostile = Finding("KAF001", Severity.ERROR, Place("t.yaml"), "name \x1b[2J\x07 of a topic", "why\x1b]0;x")
    assert "\x1b" not in text.render(run(hostile))


def test_a_related_place_in_another_file_is_named() -> None:
    elsewhere = Finding(
        "KAF001", Severity.ERROR, FOUND.at, "w", related=(Related(Place("prod.yaml", 3, 5), "the replicas"),)
    )
    assert "   prod.yaml:3:5: the replicas\n" in text.render(run(elsewhere))


@pytest.mark.parametrize(
    ("line", "place", "caret"),
    [
        ("key: value", Place("f", 1, 6, 1, 11), "     ^^^^^"),
        ("key: value", Place("f", 1, 6), "     ^"),
        ("key: value", Place("f", 1, 6, 3, 2), "     ^^^^^"),
        ("ключ: 值 x", Place("f", 1, 7, 1, 8), "      ^^"),
        ("\tkey: v", Place("f", 1, 2, 1, 5), "\t^^^"),
        ("short", Place("f", 1, 40, 1, 45), "     ^"),
    ],
)
def test_carets_stand_under_what_they_mean(line: str, place: Place, caret: str) -> None:
    shown = excerpt.excerpt({"f": line}, [excerpt.Mark(place, main=True)])
    assert shown[1].removeprefix("     | ") == caret


def test_a_long_line_is_cut_around_what_is_meant() -> None:
    line = "services: {" + ", ".join(f"service-{n}: {{}}" for n in range(100)) + "}"
    start = line.index("service-60") + 1
    shown = excerpt.excerpt({"f": line}, [excerpt.Mark(Place("f", 1, start, 1, start + 10), main=True)])
    below = shown[1].index("^")
    assert shown[0][below : below + 10] == "service-60"
    assert len(shown[0]) < 140


def test_a_line_that_is_not_there_shows_nothing_and_does_not_fail() -> None:
    assert excerpt.excerpt({"f": "one line"}, [excerpt.Mark(Place("f", 9, 9), main=True)]) == []


places = st.builds(Place, st.sampled_from(["topology.yaml", "gone.yaml"]), *[st.integers(0, 300)] * 4)
findings = st.builds(
    Finding,
    code=st.text(max_size=8),
    severity=st.sampled_from(Severity),
    at=places,
    what=st.text(max_size=60),
    why=st.text(max_size=200),
    fix=st.text(max_size=60),
    related=st.lists(st.builds(Related, places, st.text(max_size=20)), max_size=3).map(tuple),
    secret=st.booleans(),
)


@given(st.lists(findings, max_size=6), st.text(max_size=400), st.booleans(), st.integers(-1, 300))
def test_no_finding_breaks_the_report(found: list[Finding], source: str, colour: bool, width: int) -> None:
    text.render(run(*found, source=source), Screen(colour=colour, width=width))
