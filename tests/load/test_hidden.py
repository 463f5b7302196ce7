"""What may be a secret is in no message and in no excerpt, whatever else is wrong with the file; names of keys are."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wireplan.load import hidden
from wireplan.load.read import shown
from wireplan.report import text
from wireplan.report.run import Checked, Run

from tests.load.conftest import loaded

CANARY = "hunter2canary"
HEAD = "system: s\nservices:\n  a: "

BROKEN = [
    f"{{environment: {{API_TOKEN: [{CANARY}]}}}}",
    f"{{environment: {{STRIPE: {CANARY}, LEVEL: 3}}}}",
    f"{{environment: {{stripe: {CANARY}}}}}",
    f"{{environment: {CANARY}}}",
    f"{{environment: [{CANARY}]}}",
    f"{{env: {{STRIPE: {CANARY}}}}}",
    f"{{secrets: {{smtp: {CANARY}}}}}",
    f"{{secrets: [{CANARY}!]}}",
    f"{{secrets: {CANARY}!}}",
    f"{{tokens: {CANARY}}}",
    f"{{database: {{name: d, password: {CANARY}}}}}",
    f"{{passwrd: x, db_password: {CANARY}}}",
    f"{{replicas: 2, environment: {{PASSWORD: {CANARY}}}, replcas: 2}}",
    f"{{shutdown: {{grace: {{password: {CANARY}}}}}}}",
    f"{{replicas: {{password: {CANARY}}}}}",
    f"{{externals: 'smtp://shop:{CANARY}@mail.example'}}",
    f"{{kind: 'postgres://shop:{CANARY}@db.example/shop'}}",
    f"{{calls: {{b: {{deadline: 'amqp://shop:{CANARY}@mq.example'}}}}}}",
    f"{{environment: {{PASSWORD: !{CANARY}}}}}",
    f"{{environment: {{PASSWORD: !{CANARY} x}}}}",
    f"{{environment: {{PASSWORD: *{CANARY}}}}}",
    f"{{environment: {{PASSWORD: &{CANARY} x}}}}",
    f"{{environment: {{PASSWORD: {CANARY}}}, graphql: yes}}",
    f"{{environment: {{PASSWORD: {CANARY}}}}}]",
    f"{{db_password: {CANARY}, graphql: [}}",
    f"\n    environment:\n      STRIPE: {CANARY}\n\tgraphql: true",
    f"\n    environment:\n      KEY: |\n        {CANARY}\n     wrong: [",
    f"\n    secrets:\n    - {CANARY}\n    - [",
    f"\n    environment:\n      KEY: >-\n        one\n        {CANARY}\n    replcas: 2",
    f"{{environment: {{PASSWORD: {CANARY}, PASSWORD: {CANARY}}}}}",
]  # fmt: skip


def told(source: str, overlay: str | None = None) -> str:
    """All that a person may see of a file that does not load."""
    found = loaded(source, overlay)
    assert found.findings
    run = Run("t.yaml", (Checked("local", "prod", found.findings),), shown(found.sources), 0)
    edits = [str(each.edit) for each in found.findings]
    return "\n".join([text.render(run), *map(str, found.findings), *edits])


@pytest.mark.parametrize("service", BROKEN)
def test_a_secret_in_a_file_that_does_not_load_is_told_to_nobody(service: str) -> None:
    assert CANARY not in told(f"{HEAD}{service}\n")


def test_a_number_that_may_be_a_secret_is_not_told_either() -> None:
    for pin in ("0447712", "447712", "44_7712"):
        assert pin not in told(f"{HEAD}{{environment: {{DB_PASSWORD: {pin}}}}}\n")


def test_what_an_overlay_replaces_is_not_shown_beside_a_fault_of_the_first_file() -> None:
    source = f"{HEAD}{{environment: {{STRIPE: {CANARY}}}, replcas: 2}}\n"
    assert CANARY not in told(source, "services: {a: {environment: {STRIPE: other}}}\n")
    assert CANARY not in told(
        f"{HEAD}{{replcas: 2}}\n", f"services: {{a: {{environment: {{STRIPE: {CANARY}}}, x: 1}}}}\n"
    )


def test_lines_that_others_count_differently_hide_all_the_same() -> None:
    for line_break in ("\r", "\x85", "\u2028"):
        assert CANARY not in told(f"# a{line_break}# b\n{HEAD}{{environment: {{PASSWORD: !{CANARY} x}}}}\n")


def test_the_name_of_the_key_and_all_that_is_no_secret_are_shown() -> None:
    shown_ = told(f"{HEAD}{{environment: {{API_TOKEN: [{CANARY}]}}, replicas: many}}\n")
    assert "services.a.environment.API_TOKEN must be a text, not a list" in shown_
    assert "'many' is not a number of pods" in shown_
    assert "API_TOKEN: [*************]}, replicas: many}" in shown_


def test_a_brace_that_is_not_closed_before_a_secret_is_told_without_it() -> None:
    shown_ = told(f"{HEAD}\n    environment: {{STRIPE: {CANARY}\n    replicas: 2\n")
    assert "t.yaml:4:18: error: the { that opens here is not closed [YML016" in shown_
    assert "fix: Write } behind what stands on line 4." in shown_
    assert CANARY not in shown_


def test_a_value_that_is_not_quoted_still_has_its_kind_and_its_fix() -> None:
    (finding,) = loaded(f"{HEAD}{{environment: {{LEVEL: 3}}}}\n").findings
    assert (finding.what, finding.fix) == (
        "services.a.environment.LEVEL must be a text, not a number",
        "Put it in quotes.",
    )


def test_of_a_large_file_every_fault_is_told_and_no_secret() -> None:
    one = f"  a%d: {{graphql: yes, environment: {{PASSWORD: {CANARY}, LEVEL: 3}}}}\n"
    found = loaded("system: s\nservices:\n" + "".join(one % number for number in range(3000)))
    assert len(found.findings) == 6000
    assert all(CANARY not in text for text in shown(found.sources).values())


OPENING = [
    "services:", "  a:", "    environment:", "      A: b", "secrets: x", "- secrets: y", "  - b", "- c", "", "   ",
    "  token: t # c", "    key: v", "x: {password: p, q: r}", "  env:", "  - env: z", "    - d", "# c", "api_key: |",
    "   text", "\tfoo", "  x: https://u:p@h/",
]  # fmt: skip


@example(["secrets: x", "- c", "- c"])
@example(["  - env: z", "  - b", "    - d"])
@given(st.lists(st.sampled_from(OPENING), max_size=10))
def test_a_position_is_hidden_where_the_lines_that_are_hidden_say_so(lines: list[str]) -> None:
    text = "\n".join(lines)
    spans = list(hidden.of_lines(hidden.every_line(text)))
    for position in range(len(text) + 1):
        assert hidden.stands_hidden(text, position) == hidden.inside(spans, position)
