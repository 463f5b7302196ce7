"""The metrics of every service, scraped from the ops port."""

from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

rpc_served = Counter("rpc_served_total", "gRPC calls answered", ["method", "code"])
rpc_served_seconds = Histogram(
    "rpc_served_seconds", "Time to answer a gRPC call", ["method"], buckets=BUCKETS
)
rpc_retries = Counter(
    "rpc_retries_total", "gRPC calls that came again because an earlier try failed", ["method"]
)
rpc_called = Counter("rpc_called_total", "gRPC calls made", ["target", "method", "code"])
rpc_called_seconds = Histogram(
    "rpc_called_seconds", "Time of a gRPC call", ["target", "method"], buckets=BUCKETS
)

certificate_expires = Gauge(
    "certificate_expires_timestamp_seconds", "When the certificate of this service ends, Unix time"
)
peers_refused = Counter(
    "peers_refused_total", "gRPC calls of services that the topology does not have call", ["peer", "method"]
)

calls_refused = Counter(
    "calls_refused_total", "gRPC calls that were not made, by class of methods", ["target", "class", "reason"]
)
fallbacks = Counter("fallback_answers_total", "Answers in place of a callee's", ["target", "method", "code"])
breaker_state = Gauge("breaker_state", "0 closed, 1 half-open, 2 open", ["target", "class"])
breaker_transitions = Counter(
    "breaker_transitions_total", "Changes of a breaker's state", ["target", "class", "to"]
)
feature_on = Gauge("feature_on", "1 while a feature that can be missing is on", ["feature"])
cache_failed = Counter("cache_failed_total", "Looks into a cache that failed", ["cache"])

external_requests = Counter(
    "external_requests_total",
    "Requests to systems that are not ours, by status; refused: not made, unanswered: no answer",
    ["system", "http_version", "outcome"],
)

http_served = Counter(
    "http_served_total", "HTTP requests answered", ["method", "route", "status", "http_version"]
)
http_served_seconds = Histogram(
    "http_served_seconds", "Time to the end of an answer", ["route"], buckets=BUCKETS
)

graphql_fields = Counter(
    "graphql_fields_total", "Fields of GraphQL answered, by what their route answered", ["field", "status"]
)

rate_limit_decisions = Counter(
    "rate_limit_decisions_total",
    "Requests by whether they were allowed or refused, counted in the store or in the pod",
    ["outcome", "counted_in"],
)
rate_limit_store_errors = Counter(
    "rate_limit_store_errors_total", "Times that the store of rate limits did not answer well"
)

records_handled = Counter(
    "records_handled_total", "Records by what became of them", ["topic", "group", "outcome"]
)
record_seconds = Histogram(
    "record_seconds",
    "Time of one attempt at a record",
    ["topic", "group"],
    buckets=(*BUCKETS, 30.0, 60.0, 120.0),
)
records_lag = Gauge("records_lag", "Records that wait in the partitions of this member", ["topic", "group"])
partitions_assigned = Gauge("partitions_assigned", "Partitions that this member has", ["topic", "group"])
rebalances = Counter(
    "group_rebalances_total", "Times that partitions were given to this member", ["topic", "group"]
)

outbox_sent = Counter("outbox_sent_total", "Messages that the brokers acknowledged", ["topic"])
outbox_unsent = Gauge("outbox_unsent", "Messages that wait in the outbox")
outbox_oldest_seconds = Gauge("outbox_oldest_seconds", "Age of the oldest message that waits")

sagas = Gauge(
    "sagas", "Sagas that have not ended, by the way they go; stuck: a person should look", ["saga", "state"]
)
saga_oldest_seconds = Gauge("saga_oldest_seconds", "Age of the oldest saga that has not ended", ["saga"])
sagas_ended = Counter("sagas_ended_total", "Sagas by how they ended", ["saga", "state"])
saga_attempts = Counter(
    "saga_attempts_total", "Attempts at steps by what came of them", ["saga", "step", "outcome"]
)

pool_waiting = Gauge("database_pool_waiting", "Requests that wait for a connection", ["host"])
pool_size = Gauge("database_pool_size", "Connections of the pool", ["host"])
transaction_retries = Counter("database_retries_total", "Transactions that were run again", ["cause"])

loop_delay_seconds = Gauge("event_loop_delay_seconds", "How late the event loop's last heartbeat was")
