"""The table of docs/rules.md is what the rules themselves say, and the rule that it shows is one of them."""

import re
import textwrap
from pathlib import Path

import pytest
from wireplan.rules.check import every

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rules.md"
BEGIN, END = "--update-docs` -->\n", "<!-- end of rules -->"


def table() -> str:
    """Every rule: code, severity, name and title."""
    rows = ["| code | severity | name | what it finds |", "|---|---|---|---|"]
    for rule in every():
        milder = f" ({rule.dev.value} in dev)" if rule.dev else ""
        rows.append(f"| {rule.code} | {rule.severity.value}{milder} | {rule.name} | {rule.page.title} |")
    return "\n".join(rows) + "\n"


def test_the_table_of_rules_is_current(request: pytest.FixtureRequest) -> None:
    head, _, rest = PAGE.read_text().partition(BEGIN)
    shown, _, tail = rest.partition(END)
    if request.config.getoption("--update-docs", default=False):
        PAGE.write_text(head + BEGIN + table() + END + tail)
        return
    assert shown == table(), "run: pytest tests/rules/test_docs.py --update-docs"


def test_the_rule_that_it_shows_is_a_rule_as_it_stands() -> None:
    (file,) = re.findall(r"such as `(\S+)`, which stands here whole", PAGE.read_text())
    fences = re.findall(r"(?ms)^ *```python\n(.*?)^ *```$", PAGE.read_text())
    rules, mutations = ROOT / "infra/wireplan/rules", ROOT / "tests/rules/mutations"
    assert [textwrap.dedent(shown) for shown in fences] == [
        (rules / file).read_text(),
        (mutations / file).read_text(),
    ]


def test_each_number_that_is_missing_is_explained() -> None:
    """Codes are never reused: a number below the highest of its area that no rule has is one that nobody can violate."""
    used: dict[str, set[int]] = {}
    for rule in every():
        used.setdefault(rule.code[:-3], set()).add(int(rule.code[-3:]))
    gaps = {
        f"{area}{number:03}"
        for area, numbers in used.items()
        for number in set(range(1, max(numbers))) - numbers
    }
    _, _, told = PAGE.read_text().partition("**Numbers that are missing**")
    assert set(re.findall(r"(?m)^\| ([A-Z0-9]{2,3}\d{3}) \|", told)) == gaps
