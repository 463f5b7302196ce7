"""The tables of docs/telemetry.md are what alerts and metrics themselves say."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wireplan.monitoring import metrics, rules

PAGE = Path(__file__).resolve().parents[2] / "docs" / "telemetry.md"
BEGIN = "--update-docs -->\n"


def alerts() -> Iterator[str]:
    """A line an alert."""
    yield "| alert | for | fires when | rule |"
    yield "|---|---|---|---|"
    for kind in rules.kinds():
        yield f"| {kind.name} | {kind.urgency.value} | {kind.when} | {kind.rule} |"


def exported() -> Iterator[str]:
    """A line a metric of the platform."""
    yield "| metric | kind | labels | what it says |"
    yield "|---|---|---|---|"
    for each in metrics.ALL:
        if each.of == "platform":
            labels = ", ".join(f"`{label}`" for label in each.labels)
            yield f"| `{each.name}` | {each.kind.value} | {labels} | {each.says} |"


@pytest.mark.parametrize(("what", "lines"), [("alerts", alerts), ("metrics", exported)])
def test_the_table_is_current(
    request: pytest.FixtureRequest, what: str, lines: Callable[[], Iterator[str]]
) -> None:
    text = "".join(f"{line}\n" for line in lines())
    before, _, after = PAGE.read_text().partition(f"<!-- end of {what} -->")
    head, begin, shown = before.rpartition(BEGIN)
    assert begin
    if request.config.getoption("--update-docs", default=False):
        PAGE.write_text(f"{head}{begin}{text}<!-- end of {what} -->{after}")
        return
    assert shown == text, "run: pytest tests/monitoring/test_docs.py --update-docs"
