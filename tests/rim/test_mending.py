"""`--fix` of every fault that has one right answer: it is gone, nothing else of the file has changed, and a second time changes nothing."""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from wireplan.load.edits import applied
from wireplan.report.run import Run
from wireplan.rim import mending, validation
from wireplan.rim.mending import Mended
from wireplan.rules.cases import Case, parse
from wireplan.rules.check import every

CASES = {
    f"{rule.code}: {case.title}": case
    for rule in every()
    for case in parse(Path(sys.modules[rule.module].__file__ or "").with_suffix(".md").read_text())
    if not case.good
}
WRITES_WHAT_WAS_NOT = """\
system: shop # the shop
edges:
  public: {host: shop.example, routes: [{path: /, to: gateway}]}
defaults:
  services: {replicas: 1} # few
services:
  gateway: {kind: gateway, calls: [orders], accepts_tokens_of: accounts}
  accounts: {serves: shop.a.v1.Accounts, tokens: {}}

  orders: # who sells
    serves: shop.orders.v1.OrderService
    # what it keeps
    database: orders # its own
  stock: {serves: shop.stock.v1.Stock, database: stock}
topics: {placed: {message: shop.events.v1.Placed}}
databases: {main: {databases: [orders, stock], backup: {to: backups}}}
buckets: {backups: {}}
sagas:
  buy:
    owner: orders
    steps: [{reserve: {call: stock.Reserve, undo: stock.Release}}, {told: {send: placed, pivot: true}}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str], Path]:
    """A topology file with a text, in a profile."""

    def written(text: str, profile: str = "prod") -> Path:
        path = tmp_path / "topology.yaml"
        path.write_bytes(text.encode())
        (tmp_path / "one.yaml").write_text(f"environment: {{profile: {profile}}}\n")
        return path

    return written


def found(run: Run) -> set[tuple[str, str]]:
    """Code and text of what counts."""
    return {(each.finding.code, each.finding.what) for each in run.told()}


def rewritten(before: str, run: Run) -> tuple[str, int]:
    """What a text is with the edits of a run, put in from the last to the first by line and column alone, and how many there are."""
    edits = {each.finding.edit for each in run.told() if each.finding.edit}
    edits = {each for each in edits if Path(each.at.file).name == "topology.yaml"}
    _, done = applied(before, edits)
    lines = before.splitlines(keepends=True)
    for edit in sorted(done, key=lambda each: each.at, reverse=True):
        start = sum(map(len, lines[: edit.at.line - 1])) + edit.at.column - 1
        end = sum(map(len, lines[: (edit.at.end_line or edit.at.line) - 1])) + edit.at.end_column - 1
        before = before[:start] + edit.text + before[end:]
    return before, len(done)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_has_one_right_answer_is_mended_once_and_nothing_else_changes(
    case: Case, file: Callable[[str, str], Path]
) -> None:
    text = re.sub(r"# finding: .*", "# as it was", case.text)
    path = file(text, case.profile)
    before = validation.validate(path)
    faults = {
        (each.finding.code, each.finding.what) for each in before.told() if each.finding.edit is not None
    }
    after, fixed = mending.mend(path)
    assert faults <= {(each.code, each.what) for each in fixed}
    assert found(after) <= found(before) - faults
    mended = path.read_text()
    expected, done = rewritten(text, before)
    assert mended == expected or len(fixed) > done, (
        "in one round, the text is the old one with the edits in it"
    )
    again, more = mending.mend(path)
    assert (more, path.read_text(), found(again)) == ((), mended, found(after))


def test_what_was_not_written_is_written_where_an_author_would(file: Callable[[str], Path]) -> None:
    path = file(WRITES_WHAT_WAS_NOT)
    run, _ = mending.mend(path)
    assert found(run) == set()
    assert path.read_text() == (
        WRITES_WHAT_WAS_NOT.replace("replicas: 1", "replicas: 2")
        .replace("calls: [orders]", "calls: [orders, accounts]")
        .replace("orders # its own\n", "orders # its own\n    calls: [stock]\n    publishes: [placed]\n")
    ) or path.read_text() == (
        WRITES_WHAT_WAS_NOT.replace("replicas: 1", "replicas: 2")
        .replace("calls: [orders]", "calls: [orders, accounts]")
        .replace("orders # its own\n", "orders # its own\n    publishes: [placed]\n    calls: [stock]\n")
    )


def test_line_ends_of_the_file_are_kept(file: Callable[[str], Path]) -> None:
    path = file(WRITES_WHAT_WAS_NOT.replace("\n", "\r\n"))
    mending.mend(path)
    assert b"\r\n    publishes: [placed]\r\n" in path.read_bytes()
    assert not re.search(rb"[^\r]\n", path.read_bytes())


def test_an_edit_that_helps_nothing_holds_no_other_back(
    file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(WRITES_WHAT_WAS_NOT.replace("accepts_tokens_of: accounts", "tier: secondary"))
    honest, spoilt = mending.tried, "calls: [stock]"

    def tried(done: Mended, texts: Mapping[str, str], *rest: Any) -> Mended | None:
        return None if spoilt in texts[str(path)] else honest(done, texts, *rest)

    monkeypatch.setattr(mending, "tried", tried)
    run, fixed = mending.mend(path)
    assert spoilt not in path.read_text()
    assert "publishes: [placed]" in path.read_text()
    assert {each.code for each in fixed} >= {"SAG004"}
    assert "SAG004" in {code for code, _ in found(run)}


def test_an_edit_that_lets_more_be_read_is_kept_though_more_is_found(file: Callable[[str], Path]) -> None:
    text = "system: shop\nservices:\n  orders: {database: orders, replicsa: 3, publishes: [placed]}\n"
    path = file(
        f"{text}topics: {{placed: {{message: M, min_insync_replicas: 1}}}}\ndatabases: {{main: {{databases: [orders]}}}}\n"
    )
    run, fixed = mending.mend(path)
    assert [each.code for each in fixed] == ["YML020", "KAF002"]
    assert {code for code, _ in found(run)} == {"PG008"}


def test_a_plan_writes_nothing_and_has_all_rounds(file: Callable[[str], Path]) -> None:
    path = file(WRITES_WHAT_WAS_NOT)
    done = mending.plan(path)
    assert path.read_text() == WRITES_WHAT_WAS_NOT
    assert found(done.run) == set()
    mending.mend(path)
    assert path.read_text() == done.texts[str(path)]
