"""A trace that nobody records: it is carried on, for those who are asked and for the log to name (W3C Trace Context)."""

from random import getrandbits

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext


class Carried(NonRecordingSpan):
    """The span of all that is done for one request: of the trace that it came with, or of a new one."""

    def __init__(self, came: SpanContext | None = None) -> None:
        self._came = came
        self.trace_id = trace.format_trace_id(came.trace_id if came else getrandbits(128) or 1)
        self.span_id = trace.format_span_id(came.span_id if came else getrandbits(64) or 1)
        self.headers = {
            "traceparent": f"00-{self.trace_id}-{self.span_id}-{came.trace_flags if came else 0:02x}"
        }
        if came and came.trace_state:
            self.headers["tracestate"] = came.trace_state.to_header()

    def get_span_context(self) -> SpanContext:
        """As the library has it; of a new trace only where somebody asks."""
        if self._came is None:
            self._came = SpanContext(int(self.trace_id, 16), int(self.span_id, 16), is_remote=False)
        return self._came

    def __repr__(self) -> str:
        return f"Carried({self.headers})"
