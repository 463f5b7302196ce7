"""Logs: JSON lines with the trace, and no secret by its name."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Generator

import pytest
import structlog
from opentelemetry.trace import SpanKind

from tube_platform import logs, telemetry

type Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Generator[Lines]:
    """Configure logging for this test only, and read what was written."""
    root, out = logging.getLogger(), io.StringIO()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    monkeypatch.setattr("sys.stdout", out)
    logs.configure("upload")
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


def test_line_is_json_with_service_and_trace(lines: Lines) -> None:
    """One line an event, for structlog and for libraries that use the standard library."""
    with telemetry.span("request", SpanKind.SERVER) as span:
        logs.get("a").info("video created", video_id="v")
        logging.getLogger("library").warning("from a library")
    own, library = lines()
    assert (own["event"], own["service"], own["video_id"], own["level"]) == (
        "video created",
        "upload",
        "v",
        "info",
    )
    assert own["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert (library["event"], library["trace_id"]) == ("from a library", own["trace_id"])


def test_what_is_named_like_a_secret_is_masked(lines: Lines) -> None:
    """Nobody should log it; if somebody does, it is not written."""
    logs.get("a").info("login", password="canary", refresh_token="canary", upload_url="https://x?sig=canary")
    (line,) = lines()
    assert "canary" not in json.dumps(line)


def test_exceptions_are_data(lines: Lines) -> None:
    """A traceback stays on one line, without the values of variables."""
    password = "canary"
    try:
        raise KeyError("a bug")
    except KeyError:
        logs.get("a").exception("failed")
    (line,) = lines()
    assert "KeyError" in json.dumps(line)
    assert password not in json.dumps(line)


def test_a_traceback_in_a_test_draws_no_variables(capsys: pytest.CaptureFixture[str]) -> None:
    """With rich at hand it would, for a tenth of a second: a loop that logs failures would stand still, and tests end by their limits."""
    password = "canary"
    try:
        raise KeyError("a bug")
    except KeyError:
        logs.get("a").exception("failed")
    said = capsys.readouterr().out
    assert "KeyError" in said
    assert password not in said


async def test_lines_of_a_busy_loop_go_out_together_and_soon(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write costs more than a line. Nobody has to do anything for it."""
    monkeypatch.setattr(logs, "HELD", 0.0)
    log = logs.get("a")
    for number in range(3):
        log.info("told", number=number)
    assert lines() == []
    async with asyncio.timeout(10):
        while not lines():
            await asyncio.sleep(0)
    assert [line["number"] for line in lines()] == [0, 1, 2]


async def test_a_warning_goes_out_at_once_and_takes_along_what_came_before(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the process next, it is written; a library's line as well, and in its place."""
    monkeypatch.setattr(logs, "HELD", 3600.0)
    log = logs.get("a")
    log.info("first")
    log.warning("second")
    assert [line["event"] for line in lines()] == ["first", "second"]
    log.info("third")
    logging.getLogger("library").info("fourth")
    assert [line["event"] for line in lines()] == ["first", "second", "third", "fourth"]


def test_a_command_without_a_loop_waits_for_nobody(lines: Lines) -> None:
    """A migration's lines are there as they come."""
    logs.get("a").info("first")
    assert [line["event"] for line in lines()] == ["first"]


def test_a_line_of_few_words_is_the_line_that_it_would_be(lines: Lines) -> None:
    """It is encoded once, and says the same: with the trace, what is bound around it, and no secret."""
    line = logs.Line("request", method="GET", route='/a/"{x}"', token="canary", status=200)
    with (
        telemetry.span("request", SpanKind.SERVER),
        structlog.contextvars.bound_contextvars(part="a", secret="b"),
    ):
        line.info(seconds=0.0123)
        logs.get("a").info(
            "request", method="GET", route='/a/"{x}"', token="canary", status=200, seconds=0.0123
        )
    line.info(seconds=1e-07)
    short, usual, alone = lines()
    assert short.pop("time") <= usual.pop("time")  # type: ignore[operator]
    assert short == usual
    assert (short["token"], short["secret"], short["service"], short["part"]) == ("***", "***", "upload", "a")
    assert (alone["seconds"], alone["service"], "part" in alone, "trace_id" in alone) == (
        1e-07,
        "upload",
        False,
        False,
    )
