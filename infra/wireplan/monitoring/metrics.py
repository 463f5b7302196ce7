"""The metrics that every service exports on its ops port: the names and labels that an expression may use, and no others.

The platform package of the services makes them (service_templates/platform, metrics.py); tests hold this table against what it says there.
"""

from enum import Enum

from wireplan.records import dataclass


class Kind(Enum):
    """What a metric counts, in Prometheus's words."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class UnknownLabelError(LookupError):
    """An expression asks for a label that a metric does not have: it would match nothing, and alert nobody."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. Those that are not of the platform come from Prometheus itself, or from its client library."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    says: str
    of: str = "platform"  # platform | library | prometheus


RPC_SERVED = Metric("rpc_served_total", Kind.COUNTER, ("method", "code"), "gRPC calls answered")
RPC_SERVED_SECONDS = Metric("rpc_served_seconds", Kind.HISTOGRAM, ("method",), "Time to answer a gRPC call")
RPC_RETRIES = Metric(
    "rpc_retries_total", Kind.COUNTER, ("method",), "gRPC calls that came again because an earlier try failed"
)
RPC_CALLED = Metric("rpc_called_total", Kind.COUNTER, ("target", "method", "code"), "gRPC calls made")
RPC_CALLED_SECONDS = Metric("rpc_called_seconds", Kind.HISTOGRAM, ("target", "method"), "Time of a gRPC call")
CERTIFICATE_EXPIRES = Metric(
    "certificate_expires_timestamp_seconds",
    Kind.GAUGE,
    (),
    "When the certificate of this service ends, Unix time",
)
PEERS_REFUSED = Metric(
    "peers_refused_total",
    Kind.COUNTER,
    ("peer", "method"),
    "gRPC calls of services that the topology does not have call",
)
CALLS_REFUSED = Metric(
    "calls_refused_total",
    Kind.COUNTER,
    ("target", "class", "reason"),
    "gRPC calls that were not made, by class of methods",
)
FALLBACKS = Metric(
    "fallback_answers_total",
    Kind.COUNTER,
    ("target", "method", "code"),
    "Answers in place of a callee's",
)
BREAKER_STATE = Metric("breaker_state", Kind.GAUGE, ("target", "class"), "0 closed, 1 half-open, 2 open")
BREAKER_TRANSITIONS = Metric(
    "breaker_transitions_total", Kind.COUNTER, ("target", "class", "to"), "Changes of a breaker's state"
)
FEATURE_ON = Metric("feature_on", Kind.GAUGE, ("feature",), "1 while a feature that can be missing is on")
CACHE_FAILED = Metric("cache_failed_total", Kind.COUNTER, ("cache",), "Looks into a cache that failed")
EXTERNAL_REQUESTS = Metric(
    "external_requests_total",
    Kind.COUNTER,
    ("system", "http_version", "outcome"),
    "Requests to systems that are not ours, by status; refused: not made, unanswered: no answer",
)
HTTP_SERVED = Metric(
    "http_served_total",
    Kind.COUNTER,
    ("method", "route", "status", "http_version"),
    "HTTP requests answered",
)
HTTP_SERVED_SECONDS = Metric(
    "http_served_seconds", Kind.HISTOGRAM, ("route",), "Time to the end of an answer"
)
GRAPHQL_FIELDS = Metric(
    "graphql_fields_total",
    Kind.COUNTER,
    ("field", "status"),
    "Fields of GraphQL answered, by what their route answered",
)
RATE_LIMITED = Metric(
    "rate_limit_decisions_total",
    Kind.COUNTER,
    ("outcome", "counted_in"),
    "Requests by whether they were allowed or refused, counted in the store or in the pod",
)
RATE_LIMIT_STORE_ERRORS = Metric(
    "rate_limit_store_errors_total",
    Kind.COUNTER,
    (),
    "Times that the store of rate limits did not answer well",
)
RECORDS_HANDLED = Metric(
    "records_handled_total", Kind.COUNTER, ("topic", "group", "outcome"), "Records by what became of them"
)
RECORD_SECONDS = Metric(
    "record_seconds", Kind.HISTOGRAM, ("topic", "group"), "Time of one attempt at a record"
)
RECORDS_LAG = Metric(
    "records_lag",
    Kind.GAUGE,
    ("topic", "group"),
    "Records that wait in the partitions of this member",
)
PARTITIONS = Metric("partitions_assigned", Kind.GAUGE, ("topic", "group"), "Partitions that this member has")
REBALANCES = Metric(
    "group_rebalances_total",
    Kind.COUNTER,
    ("topic", "group"),
    "Times that partitions were given to this member",
)
OUTBOX_SENT = Metric("outbox_sent_total", Kind.COUNTER, ("topic",), "Messages that the brokers acknowledged")
OUTBOX_UNSENT = Metric("outbox_unsent", Kind.GAUGE, (), "Messages that wait in the outbox")
OUTBOX_OLDEST = Metric("outbox_oldest_seconds", Kind.GAUGE, (), "Age of the oldest message that waits")
SAGAS = Metric(
    "sagas",
    Kind.GAUGE,
    ("saga", "state"),
    "Sagas that have not ended, by the way they go; stuck: a person should look",
)
SAGA_OLDEST = Metric(
    "saga_oldest_seconds", Kind.GAUGE, ("saga",), "Age of the oldest saga that has not ended"
)
SAGAS_ENDED = Metric("sagas_ended_total", Kind.COUNTER, ("saga", "state"), "Sagas by how they ended")
SAGA_ATTEMPTS = Metric(
    "saga_attempts_total",
    Kind.COUNTER,
    ("saga", "step", "outcome"),
    "Attempts at steps by what came of them",
)
POOL_WAITING = Metric("database_pool_waiting", Kind.GAUGE, ("host",), "Requests that wait for a connection")
POOL_SIZE = Metric("database_pool_size", Kind.GAUGE, ("host",), "Connections of the pool")
DATABASE_RETRIES = Metric(
    "database_retries_total", Kind.COUNTER, ("cause",), "Transactions that were run again"
)
LOOP_DELAY = Metric(
    "event_loop_delay_seconds", Kind.GAUGE, (), "How late the event loop's last heartbeat was"
)

MEMORY = Metric("process_resident_memory_bytes", Kind.GAUGE, (), "Memory of the process", "library")
CPU = Metric("process_cpu_seconds_total", Kind.COUNTER, (), "CPU time of the process", "library")

UP = Metric("up", Kind.GAUGE, (), "1 where the last scrape was answered", "prometheus")
ALERTS = Metric(
    "ALERTS",
    Kind.GAUGE,
    ("alertname", "alertstate", "severity", "system"),
    "1 for each alert that is pending or fires",
    "prometheus",
)

ALL = tuple(value for value in tuple(globals().values()) if isinstance(value, Metric))
"""Every metric, in the order above."""

SCRAPED = ("namespace", "service", "pod")
"""Labels that scraping adds to each (scrape.py)."""
