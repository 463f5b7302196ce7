"""Waiting is bounded and says for what."""

import json
from pathlib import Path

import pytest
from wireplan.rim.images.tools.__main__ import main
from wireplan.rim.images.tools.waiting import CannotError, NotYetError, until


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_it_goes_on_when_what_it_waits_for_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    """The same sentence is printed once, not at every try."""
    clock, tries = Clock(), iter([1, 2, 2, 3])

    def attempt() -> str:
        brokers = next(tries)
        if brokers < 3:
            raise NotYetError(f"{brokers} of 3 brokers are there")
        return "there"

    assert until(attempt, 60, clock=clock, sleep=clock.sleep) == "there"
    assert capsys.readouterr().out == "waiting: 1 of 3 brokers are there\nwaiting: 2 of 3 brokers are there\n"


def test_it_gives_up_in_time_with_the_last_sentence() -> None:
    """A Job that waits for ever blocks an `up` without a word."""
    clock = Clock()

    def never() -> None:
        raise NotYetError("nobody answers")

    with pytest.raises(CannotError, match="waited 10 s in vain: nobody answers"):
        until(never, 10, clock=clock, sleep=clock.sleep)
    assert clock.now <= 10


def test_wrong_use_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, with a sentence and no traceback."""
    assert main([]) == 2
    assert main(["topics", str(tmp_path / "absent.json")]) == 2
    assert "absent.json" in capsys.readouterr().err
    (tmp_path / "broken.json").write_text(json.dumps([{"partitions": 1}]))
    assert main(["buckets", str(tmp_path / "broken.json")]) == 2
