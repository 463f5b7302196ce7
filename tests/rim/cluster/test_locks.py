"""Two commands that change one cluster: the second waits, says for whom, and can be told to stop."""

import os
import threading
import time

import pytest
from wireplan.rim.cluster import locks
from wireplan.rim.cluster.layout import Layout
from wireplan.rim.trouble import Trouble


def test_the_second_waits_for_the_first_and_says_which_process_that_is(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    entered = threading.Event()

    def second() -> None:
        with locks.changing(layout):
            entered.set()

    thread = threading.Thread(target=second)
    with locks.changing(layout):
        thread.start()
        assert not entered.wait(0.5)
    thread.join(10)
    assert entered.is_set()
    said = capsys.readouterr().err
    assert said.count("waiting") == 1
    assert f"process {os.getpid()} (" in said


def test_a_wait_has_an_end_that_names_who_is_in_the_way(layout: Layout) -> None:
    with locks.changing(layout), pytest.raises(Trouble) as caught, locks.changing(layout, seconds=0.3):
        pytest.fail("two at once")
    assert f"process {os.getpid()} (" in caught.value.why
    assert caught.value.fix


def test_who_may_not_wait_gives_up_at_once_and_silently(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the agent's mending: a change on purpose is left alone."""
    begin = time.monotonic()
    with locks.changing(layout), pytest.raises(Trouble), locks.changing(layout, seconds=0):
        pytest.fail("two at once")
    assert time.monotonic() - begin < 0.2
    assert capsys.readouterr().err == ""


def test_waiting_can_be_interrupted(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    with locks.changing(layout), pytest.raises(KeyboardInterrupt), locks.changing(layout):
        pytest.fail("two at once")


def test_a_second_waiter_is_told_of_whoever_came_before_it(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words of an earlier holder do not stay behind."""
    with locks.changing(layout):
        pass
    monkeypatch.setattr("sys.argv", ["/opt/bin/wireplan", "cluster", "down"])
    with locks.changing(layout), pytest.raises(Trouble) as caught, locks.changing(layout, seconds=0):
        pytest.fail("two at once")
    assert f"it is process {os.getpid()} (wireplan cluster down)" == caught.value.why
