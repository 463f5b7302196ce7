"""Logs: JSON lines with the trace, and no secret by its name."""

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
