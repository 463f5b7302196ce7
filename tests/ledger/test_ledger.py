"""The ledger survives its writer, and refuses what is no ledger."""

from pathlib import Path

import pytest

from tests.cluster import ledger
from tests.cluster.ledger import FILM, INFO, INVOKE, OK, RETRY, Entry, Ledger


def test_lines_are_read_back_as_operations_in_order(tmp_path: Path) -> None:
    book = Ledger(tmp_path / "a" / "ledger.jsonl")
    book.write("op-1", INVOKE)
    book.write("op-2", INVOKE)
    book.write("op-2", FILM, film="f-2")
    book.write("op-2", RETRY, note="complete: 503")
    book.write("op-2", OK)
    book.write("op-1", INFO, note="timeout")
    book.close()
    first, second = ledger.ops(ledger.entries(book.path))
    assert (first.op, first.state, first.note, first.acknowledged) == ("op-1", INFO, "timeout", False)
    assert (second.op, second.film, second.acknowledged) == ("op-2", "f-2", True)
    assert (first.errors, second.errors) == ((), ("complete: 503",))
    assert second.ended is not None
    assert second.ended >= second.invoked


def test_each_line_is_on_the_disk_before_the_client_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(ledger.os, "fsync", synced.append)
    book = Ledger(tmp_path / "ledger.jsonl")
    book.write("op-1", INVOKE)
    book.write("op-1", OK)
    assert len(synced) == 2


def test_a_second_run_appends(tmp_path: Path) -> None:
    for op in ("op-1", "op-2"):
        book = Ledger(tmp_path / "ledger.jsonl")
        book.write(op, INVOKE)
        book.close()
    assert [op.op for op in ledger.ops(ledger.entries(tmp_path / "ledger.jsonl"))] == ["op-1", "op-2"]


def test_an_operation_without_an_end_is_unknown() -> None:
    (op,) = ledger.ops([Entry("op-1", INVOKE, 1.0), Entry("op-1", FILM, 2.0, "f-1")])
    assert (op.state, op.ended, op.film) == (INFO, None, "f-1")


def test_a_torn_last_line_was_never_told_to_anybody(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    Ledger(path).write("op-1", INVOKE)
    path.write_text(path.read_text() + '{"op": "op-1", "sta')
    assert [entry.state for entry in ledger.entries(path)] == [INVOKE]


def test_a_torn_line_in_the_middle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"op": "op-1", "sta\n')
    Ledger(path).write("op-1", INVOKE)
    with pytest.raises(ledger.TornLedgerError, match=r"ledger\.jsonl:1"):
        list(ledger.entries(path))


@pytest.mark.parametrize("states", [(INVOKE, OK, OK), (INVOKE, INVOKE), (OK,)])
def test_an_operation_has_one_beginning_and_at_most_one_end(states: tuple[str, ...]) -> None:
    with pytest.raises(ledger.TornLedgerError):
        ledger.ops(Entry("op-1", state, float(at)) for at, state in enumerate(states))
