"""JSON lines on standard output, each with the trace it belongs to.

Handlers log events with fields (`log.info("video created", video_id=...)`), never requests or messages as a whole: so nothing secret is
written by accident. What looks like a credential by its name is masked all the same.
"""

import asyncio
import atexit
import contextlib
import json
import logging
import sys
import time
from collections import deque
from collections.abc import Callable, MutableMapping
from contextvars import copy_context
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

import structlog
from opentelemetry import trace
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict

from tube_platform.carried import Carried

_json = json.JSONEncoder(default=str).encode

HELD = 0.05
"""Seconds that a line may wait for others. Who kills a process takes what it told within them."""

SECRET_NAMES = ("password", "secret", "token", "authorization", "upload_url", "credential")


def configure(service: str, level: str = "INFO") -> None:
    """Write structlog's lines, and those of the standard library's logging, the same way.

    A request has a line, so structlog writes its own straight away: on the way through the standard library each takes four times as long.
    """
    global _out  # noqa: PLW0603 - a process has one
    out = Lines(sys.stdout)
    _out = out if logging.getLevelNamesMapping()[level] <= logging.INFO else None
    atexit.register(out.flush)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _time,
        _trace,
        _mask,
        _exceptions,
    ]
    structlog.configure(
        processors=[_whole],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: out,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _line,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("granian", "_granian", "alembic.runtime.plugins", "psycopg.pool"):
        logging.getLogger(chatty).setLevel("WARNING")
    structlog.contextvars.bind_contextvars(service=service)


type Told = str | Callable[[], str]
"""A line, or what makes it when it is written."""


class Lines:
    """Lines on their way out. On an event loop those that only tell wait for others for a moment, and all go in one write: a write lets
    the process's other threads in, and costs a request more than its line does. From a warning on nothing waits.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._held: deque[Told] = deque()
        self._flushes: asyncio.AbstractEventLoop | None = None

    def debug(self, line: Told) -> None:
        """Write within HELD."""
        self.info(line)

    def info(self, line: Told) -> None:
        """Write within HELD."""
        self._held.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if self._flushes is not loop:
            self._flushes = loop
            loop.call_later(HELD, self.flush)

    def warning(self, line: str) -> None:
        """Write now."""
        self._held.append(line)
        self.flush()

    error = critical = warning

    def write(self, text: str) -> None:
        """Take text of the standard library's handler, which flushes itself."""
        self._held.append(text.removesuffix("\n"))

    def flush(self) -> None:
        """Write what waits."""
        self._flushes = None
        lines = list[str]()
        with contextlib.suppress(IndexError):  # until there is none, also where another thread takes some
            while True:
                line = self._held.popleft()
                lines.append(line if isinstance(line, str) else line())
        with contextlib.suppress(ValueError):  # closed: the process ends, and nobody reads any more
            self._out.write("".join([f"{line}\n" for line in lines]))
            self._out.flush()


_out: Lines | None = None
"""Where lines go that only tell; None where nobody wants them, or before it is configured."""


class Line:
    """A line that is told all the time, and of which all but a few numbers is one of few: that is encoded once. The rest is done
    when it is written, together with others, which takes a fraction of the time that it takes in between requests.
    """

    def __init__(self, event: str, **words: str | int) -> None:
        self._words = _mask(None, "info", {"event": event, "level": "info", **words})
        self._said = _json(self._words)[1:-1]
        self._bound: dict[str, Any] = {}
        self._before = ""

    def info(self, **numbers: float) -> None:
        """Tell it, as `get(name).info` does."""
        if _out is None:
            told = {**self._words, **numbers}
            get(__name__).info(told.pop("event"), **told)
            return
        at, context = time.time(), copy_context()
        _out.info(lambda: context.run(self._text, at, numbers))

    def _text(self, at: float, numbers: dict[str, float]) -> str:
        bound = structlog.contextvars.get_contextvars()
        if bound != self._bound:
            self._bound = bound
            self._before = f"{_json(_mask(None, 'info', dict(bound)))[1:-1]}, " if bound else ""
        own = "".join([f', "{name}": {number!r}' for name, number in numbers.items()])
        traced = "".join([f', "{name}": "{value}"' for name, value in _trace(None, "info", {}).items()])
        return f'{{{self._before}{self._said}{own}, "time": "{_moment(datetime.fromtimestamp(at, UTC))}"{traced}}}'


def get(name: str) -> Any:
    """The logger of a module."""
    return structlog.get_logger(name)


_time = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")
# Without local variables: they hold passwords and tokens.
_exceptions = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))


def _whole(logger: Any, method: str, event: EventDict) -> str:
    """All that is done to a line of ours, in one: structlog's own walk from step to step takes as long as the steps."""
    structlog.contextvars.merge_contextvars(logger, method, event)
    event["level"] = "error" if method == "exception" else method
    event["time"] = _moment(datetime.now(UTC))
    _trace(logger, method, event)
    _mask(logger, method, event)
    if "exc_info" in event:
        _exceptions(logger, method, event)
    return _json(event)


def _moment(at: datetime) -> str:
    return f"{at.replace(tzinfo=None).isoformat()}Z"


def _trace(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    current = trace.get_current_span()
    if isinstance(current, Carried):
        event["trace_id"], event["span_id"] = current.trace_id, current.span_id
    elif (context := current.get_span_context()).is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event


def _mask(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in event:
        if _is_secret(key):
            event[key] = "***"
    return event


@lru_cache(maxsize=1024)
def _is_secret(key: str) -> bool:
    """By its name, of which the code has few."""
    return any(name in key.lower() for name in SECRET_NAMES)


def _line(_: object, __: str, event: MutableMapping[str, Any]) -> str:
    return _json(event)
