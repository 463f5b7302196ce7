"""A trace that nobody records: it is carried on, for those who are asked and for the log to name."""

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext


class Carried(NonRecordingSpan):
    """The span of all that is done for one request. What calls and lines of the log say of it is written once (W3C Trace Context)."""

    def __init__(self, own: SpanContext) -> None:
        super().__init__(own)
        self.trace_id = trace.format_trace_id(own.trace_id)
        self.span_id = trace.format_span_id(own.span_id)
        self.headers = {"traceparent": f"00-{self.trace_id}-{self.span_id}-{own.trace_flags:02x}"}
        if own.trace_state:
            self.headers["tracestate"] = own.trace_state.to_header()
