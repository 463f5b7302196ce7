"""JSON lines on standard output, each with the trace it belongs to.

Handlers log events with fields (`log.info("video created", video_id=...)`), never requests or messages as a whole: so nothing secret is
written by accident. What looks like a credential by its name is masked all the same.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from opentelemetry import trace
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

SECRET_NAMES = ("password", "secret", "token", "authorization", "upload_url", "credential")


def configure(service: str, level: str = "INFO") -> None:
    """Send structlog and the standard library's logging the same way."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _trace,
        _mask,
        # Without local variables: they hold passwords and tokens.
        ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("granian", "_granian", "alembic.runtime.plugins", "psycopg.pool"):
        logging.getLogger(chatty).setLevel("WARNING")
    structlog.contextvars.bind_contextvars(service=service)


def get(name: str) -> Any:
    """The logger of a module."""
    return structlog.get_logger(name)


def _trace(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event


def _mask(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in event:
        if any(name in key.lower() for name in SECRET_NAMES):
            event[key] = "***"
    return event
