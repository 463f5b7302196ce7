"""When an output is coloured, and how wide it is."""

import io

import pytest
from wireplan.report.screen import WIDTH
from wireplan.rim import terminal


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own."""
    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_terminal_is_coloured_and_a_file_is_not() -> None:
    assert terminal.screen(Terminal()).colour
    assert not terminal.screen(io.StringIO()).colour


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_that_wants_no_colour_gets_none(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert not terminal.screen(Terminal()).colour


def test_a_person_may_insist() -> None:
    assert terminal.screen(io.StringIO(), "always").colour
    assert not terminal.screen(Terminal(), "never").colour


def test_a_narrow_terminal_is_respected_and_a_wide_one_is_not_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert terminal.screen(Terminal()).width == 60
    monkeypatch.setenv("COLUMNS", "400")
    assert terminal.screen(Terminal()).width == WIDTH
    assert terminal.screen(io.StringIO()).width == WIDTH
