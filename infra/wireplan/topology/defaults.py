"""Every default: its value, where it applies, and why it is that value. Nothing else in the package knows a default.

`path` is the value's path in the Topology with `*` for names. Durations in seconds, sizes in bytes, CPU in millicores.
Names such as KAF012 are rules, P1 or F2.2 rows of the specification, gRFC papers of grpc/proposal.
"""

from wireplan.topology.default import Default

MI, GI = 1024**2, 1024**3

# Environments
PROFILE = Default("environment.profile", "prod", "strict unless the environment says dev")
CLUSTER = Default("environment.cluster", "existing", "the cluster that the kube context names")
KAFKA_PROVIDER = Default("environment.kafka_provider", "builtin", "needs no operator in the cluster")
POSTGRES_PROVIDER = Default(
    "environment.postgres_provider", "cloudnative-pg", "quorum failover (CNPG failover.md)"
)
EDGE_PROVIDER = Default("environment.edge_provider", "caddy", "HTTP/3 with Alt-Svc, h2c upstream")
CONTRACTS_VERSION = Default("contracts_version", "0.1.0", "1.0.0 is a promise (semver.org, 4)")
CERTIFICATE_LIFETIME = Default(
    "environment.certificate_lifetime",
    43_200.0,
    "a stolen key is of no use the next day, and what renews may be away for half of it (SEC010)",
)
SURVIVES = Default("environment.survives", 1, "one may fall (F2.1, F3.6); dev is one machine", dev=0)

# Services
TIER = Default("services.*.tier", "critical", "nothing is given up unless said (spec row F1.4)")
IDENTITY = Default(
    "services.*.identity", "interchangeable", "a Deployment; stable is for static members (spec row M6)"
)
HEADLESS = Default(
    "services.*.headless",
    True,
    "gRPC clients balance over pods themselves (spec rows A5, A6; grpc/grpc#12295)",
)
REPLICAS = Default("services.*.replicas", 2, "one may go while the other serves (K8S003)")
SECONDARY_REPLICAS = Default("services.*.replicas", 2, "one may go while the other serves", dev=1)
CPU_PERCENT = Default(
    "services.*.replicas.cpu_percent", 70, "room for the time that a new pod takes to start"
)
SURGE = Default("services.*.replicas.surge", 1, "one pod more while a Deployment rolls, none less")
SCALED_CPU = Default("services.*.resources.cpu_request", 500, "autoscalers count in shares of it", dev=250)
CPU = Default(
    "services.*.resources.cpu_request",
    100,
    "a Python service at rest; no limit, since throttling breaks deadlines",
    dev=25,
)
MEMORY = Default(
    "services.*.resources.memory_request",
    256 * MI,
    "a Python service with gRPC, Kafka and Postgres clients takes 90 to 150 Mi",
)
HTTP_PROTOCOL = Default(
    "services.*.http_protocol", "http2", "fewer connections than HTTP/1.1 (spec rows P2, P3)"
)

STARTUP_PATH = Default("services.*.probes.startup.path", "/startup", "the ops port answers it")
STARTUP_PERIOD = Default("services.*.probes.startup.period", 2.0, "ready soon after start")
STARTUP_TIMEOUT = Default("services.*.probes.startup.timeout", 2.0, "an answer from memory")
STARTUP_FAILURES = Default("services.*.probes.startup.failures", 60, "120 s for a cold start on a busy node")
READINESS_PATH = Default(
    "services.*.probes.readiness.path", "/ready", "the ops port answers it (spec row A4)"
)
READINESS_PERIOD = Default(
    "services.*.probes.readiness.period", 5.0, "a sick pod leaves the balancing in 10 s (spec row F1.1)"
)
READINESS_TIMEOUT = Default("services.*.probes.readiness.timeout", 2.0, "an answer from memory")
READINESS_FAILURES = Default("services.*.probes.readiness.failures", 2, "one lost packet is no illness")
LIVENESS_PATH = Default(
    "services.*.probes.liveness.path", "/live", "the ops port answers it and touches no dependency (K8S001)"
)
LIVENESS_PERIOD = Default(
    "services.*.probes.liveness.period",
    10.0,
    "slower than readiness: first out of the balancing, then restarted",
)
LIVENESS_TIMEOUT = Default(
    "services.*.probes.liveness.timeout", 3.0, "a slow pod is not a dead one (as Strimzi's kafka_liveness.sh)"
)
LIVENESS_FAILURES = Default("services.*.probes.liveness.failures", 3, "30 s without an answer")

PRE_STOP = Default(
    "services.*.shutdown.pre_stop", 5.0, "EndpointSlices and clients follow within 5 to 10 s (KEP-3960)"
)
RESERVE = Default(
    "services.*.shutdown.reserve", 10.0, "to close pools and connections after the last request (K8S002)"
)

AGE = Default(
    "services.*.grpc.max_connection_age",
    120.0,
    "C-core looks for new pods only when a connection ends (gRFC A9, grpc/grpc#12295; RPC002)",
)
AGE_GRACE = Default(
    "services.*.grpc.age_reserve", 5.0, "above the longest deadline, so that no call is cut (RPC002)"
)
SERVER_KEEPALIVE = Default(
    "services.*.grpc.keepalive_time", 60.0, "finds dead clients in about a minute (grpc doc/keepalive.md)"
)
SERVER_KEEPALIVE_TIMEOUT = Default(
    "services.*.grpc.keepalive_timeout", 10.0, "an answer to a ping needs no work (grpc doc/keepalive.md)"
)
MIN_PING = Default(
    "services.*.grpc.min_ping_interval", 20.0, "below the clients' 30 s, else GOAWAY too_many_pings (RPC003)"
)
GRPC_MESSAGE = Default("services.*.grpc.max_message_bytes", 4 * MI, "gRPC's own; large things go to a bucket")

# Calls
DEADLINE = Default("services.*.calls.*.deadline", 1.0, "a person waits no longer for a part of an answer")
ATTEMPTS = Default("services.*.calls.*.retry.attempts", 2, "two hops stay within 4 attempts in all (RPC006)")
INITIAL_BACKOFF = Default(
    "services.*.calls.*.retry.initial_backoff",
    0.1,
    "a restarted process is back before the second retry (gRFC A6)",
)
MAX_BACKOFF = Default(
    "services.*.calls.*.retry.max_backoff", 1.0, "no longer than a default deadline (gRFC A6)"
)
MULTIPLIER = Default("services.*.calls.*.retry.multiplier", 2.0, "doubling spreads callers in time (gRFC A6)")
RETRY_ON = Default(
    "services.*.calls.*.retry.on",
    ("UNAVAILABLE",),
    "the only status that says the callee did nothing (RPC005)",
)
BALANCING = Default("services.*.calls.*.load_balancing", "round_robin", "over all pods (spec row A6, RPC001)")
FAILURE_RATIO = Default(
    "services.*.calls.*.breaker.failure_ratio", 0.5, "when half of the calls fail, more of them help nobody"
)
MINIMUM_CALLS = Default("services.*.calls.*.breaker.minimum_calls", 20, "a ratio of fewer says nothing")
WINDOW = Default(
    "services.*.calls.*.breaker.window",
    10.0,
    "long enough for 20 calls, short enough to open within a budget",
)
CONSECUTIVE = Default(
    "services.*.calls.*.breaker.consecutive_failures", 5, "a dead callee is noticed at low traffic, too"
)
OPEN_FOR = Default(
    "services.*.calls.*.breaker.open_for", 5.0, "the time that a pod needs to leave or join the balancing"
)
OPEN_MAX = Default(
    "services.*.calls.*.breaker.open_max", 60.0, "doubling ends here: recovery is noticed within a minute"
)
CLOSE_AFTER = Default(
    "services.*.calls.*.breaker.close_after", 5, "a streak of healthy calls (spec row F1.7)"
)
FALLBACK_TTL = Default("services.*.calls.*.fallback.ttl", 30.0, "short enough that nobody notices")
FALLBACK_STALE = Default(
    "services.*.calls.*.fallback.max_stale", 600.0, "an old answer beats none for ten minutes"
)

# Consumer groups
MEMBERSHIP = Default(
    "services.*.consumes.*.membership",
    "dynamic",
    "a killed static member is refused by the new protocol (librdkafka INTRODUCTION.md; KAF007)",
)
SESSION = Default(
    "services.*.consumes.*.session_timeout",
    45.0,
    "Kafka's own; a restarted pod is back within it (librdkafka CONFIGURATION.md)",
)
MAX_POLL = Default("services.*.consumes.*.max_poll_interval", 300.0, "Kafka's own")
MAX_POLL_RECORDS = Default("services.*.consumes.*.max_poll_records", 100, "what one poll takes at most")
HANDLER_TIMEOUT = Default(
    "services.*.consumes.*.handler_timeout",
    10.0,
    "a write to a database, with a failover's retries elsewhere",
)
CONCURRENCY = Default("services.*.consumes.*.concurrency", 1, "records of a partition stay in order")
CONSUME_ATTEMPTS = Default("services.*.consumes.*.attempts", 4, "one at once, the others after a wait")
RETRIES = Default("services.*.consumes.*.retries", (5.0, 60.0), "a hiccup, then a restart of a dependency")
ORDERING = Default("services.*.consumes.*.ordering", "none", "a waiting record holds no other back")
OFFSET_RESET = Default(
    "services.*.consumes.*.offset_reset",
    "earliest",
    "latest skips what came before the first commit (KAF015)",
)
COMMIT = Default("services.*.consumes.*.commit", "after-effect", "at least once (spec row F2.3, KAF006)")
DEAD_LETTER = Default(
    "services.*.consumes.*.dead_letter",
    True,
    "a poison record must not stop a partition (spec row F2.2, KAF012)",
)
OUTAGE = Default("services.*.consumes.*.outage", 259_200.0, "from Friday to Monday (KAF016)")

# Databases of services
POOL_MIN = Default("services.*.database.pool.min", 1, "one warm connection a pod")
POOL_MAX = Default("services.*.database.pool.max", 4, "few connections, used well (PG006)")
POOL_TIMEOUT = Default("services.*.database.pool.timeout", 2.0, "short (spec row F3.2)")
POOL_LIFETIME = Default(
    "services.*.database.pool.max_lifetime",
    300.0,
    "after a failover no stale connection lives longer than five minutes",
)
POOL_CONNECT = Default("services.*.database.pool.connect_timeout", 3.0, "short, then again (spec row F3.2)")
STATEMENT = Default(
    "services.*.database.statement_timeout", 5.0, "longer than any deadline that waits for it"
)

# Tokens
ALGORITHM = Default("services.*.tokens.algorithm", "Ed25519", "asymmetric, short keys (RFC 8037)")
ACCESS = Default("services.*.tokens.access", 600.0, "5 to 15 minutes (SEC004)")
REFRESH = Default("services.*.tokens.refresh", 2_592_000.0, "30 days")

# Topics and Kafka
PARTITIONS = Default("topics.*.partitions", 1, "publish-subscribe: one (spec row M1)")
PATTERN = Default("topics.*.pattern", "publish-subscribe", "every group gets every record (spec row M1)")
PER_INSTANCE = Default("topics.*.partitions_per_instance", 3, "partitions = instances x 3 (spec row M4)")
RETENTION = Default("topics.*.retention", 604_800.0, "a week, or the longest outage of a group (KAF016)")
MESSAGE_BYTES = Default("topics.*.max_message_bytes", 1_048_588, "Kafka's own (KAF017)")
DURABLE = Default("topics.*.durable", True, "acknowledged is kept (spec row F2.5)")
ACKS = Default("services.*.publishes.*.acks", "all", "what is acknowledged outlives its leader (KAF005)")
CLEANUP = Default("topics.*.cleanup", "delete", "Kafka's own")
DLT_RETENTION = Default(
    "topics.*.dead_letter_retention", 1_209_600.0, "at least 14 days and twice the source's (KAF012)"
)
BROKERS = Default("kafka.brokers", 3, "one may fall (spec row F2.5)")
COPIES = Default("topics.*.replication_factor", 3, "or as many as there are brokers (KAF001)")
KAFKA_VERSION = Default("kafka.version", "4.3.1", "the newest that Strimzi defaults to (kafka-versions.yaml)")
KAFKA_HEAP = Default("kafka.heap", GI, "enough for thousands of partitions", dev=384 * MI)
KAFKA_CPU = Default("kafka.resources.cpu_request", 500, "a broker at rest and its elections", dev=100)
KAFKA_DISK = Default("kafka.volume.size", 50 * GI, "a week of records", dev=2 * GI)
AUTO_CREATE = Default("kafka.auto_create_topics", False, "a mistyped name must fail")
UNCLEAN = Default("kafka.unclean_leader_election", False, "would lose acknowledged records (KAF018)")

# Postgres clusters
INSTANCES = Default(
    "databases.*.instances",
    3,
    "a primary and two replicas: one may fall without loss (cloudnative-pg docs/src/failover.md; PG001)",
)
POSTGRES_VERSION = Default("databases.*.version", "17", "supported until 2029")
POSTGRES_CPU = Default("databases.*.resources.cpu_request", 500, "a small cluster", dev=100)
POSTGRES_MEMORY = Default(
    "databases.*.resources.memory_request", 2 * GI, "a quarter of it for shared_buffers", dev=512 * MI
)
POSTGRES_DISK = Default("databases.*.volume.size", 20 * GI, "data and write-ahead log", dev=2 * GI)
RESERVED = Default("databases.*.reserved_connections", 15, "replication, operator, a person (PG006)")
CONNECTIONS = Default(
    "databases.*.max_connections",
    100,
    "Postgres' own; raised when pools ask for more, since a change restarts it",
)
POOLER = Default("databases.*.pooler", False, "the services have pools of their own")
POOLER_INSTANCES = Default("databases.*.pooler.instances", 2, "one may go while the other serves")
BACKUP_EVERY = Default(
    "databases.*.backup.every", 604_800.0, "weekly is usually enough (cloudnative-pg docs/src/backup.md)"
)
BACKUP_KEEP = Default("databases.*.backup.keep", 1_209_600.0, "two base backups")
BACKUP_VERIFY = Default("databases.*.backup.verify", 604_800.0, "below 30 days (PG009)")

# Caches, object store, edges, externals
CACHE_MEMORY = Default("caches.*.memory", 64 * MI, "small: it may vanish at any time")
CACHE_EVICTION = Default("caches.*.eviction", "allkeys-lru", "a cache, not a store (CAC001)")
CACHE_CPU = Default("caches.*.resources.cpu_request", 100, "Valkey at rest", dev=25)
BUCKET_DURABLE = Default("buckets.*.durable", True, "kept on delete")
STORE_PROVIDER = Default("object_store.provider", "builtin", "one in the cluster")
REGION = Default("object_store.region", "us-east-1", "what S3 clients expect")
STORE_DISK = Default("object_store.volume.size", 100 * GI, "films", dev=5 * GI)
STORE_CPU = Default("object_store.resources.cpu_request", 250, "mostly copies bytes", dev=50)
STORE_MEMORY = Default("object_store.resources.memory_request", 512 * MI, "mostly copies bytes", dev=256 * MI)
EDGE_PORT = Default("edges.*.port", 443, "HTTPS")
EDGE_CLIENTS = Default("edges.*.clients", ("http3", "http2"), "HTTP/3, falling back to HTTP/2 (rows P1, P3)")
EARLY_DATA = Default("edges.*.early_data", False, "requests in early data can be replayed (RFC 8470; EDG001)")
BUDGET = Default("edges.*.budget", 10.0, "a person gives up after ten seconds")
EDGE_REPLICAS = Default("edges.*.replicas", 2, "one may go while the other serves", dev=1)
EDGE_CPU = Default("edges.*.resources.cpu_request", 250, "TLS and QUIC", dev=50)
EDGE_MEMORY = Default("edges.*.resources.memory_request", 256 * MI, "connections", dev=128 * MI)
CDN_SIZE = Default("edges.*.cache.size", GI, "what one pod holds", dev=256 * MI)
CDN_CPU = Default("edges.*.cache.resources.cpu_request", 100, "from disk to socket", dev=25)
CDN_MEMORY = Default("edges.*.cache.resources.memory_request", 256 * MI, "it is on disk", dev=192 * MI)
CDN_TTL = Default("edges.*.cache.ttl", 3_600.0, "renditions do not change")
CDN_STALE = Default("edges.*.cache.stale", 86_400.0, "plays on when the origin is down (spec row F1.6)")
EXTERNAL_PROVIDER = Default("externals.*.provider", "external", "somebody else runs it")
EXTERNAL_FALLBACK = Default("externals.*.fallback", "http2", "UDP can be blocked (RFC 9114 section 3.1)")
LOGIN_ALGORITHMS = Default("services.*.oauth.*.algorithms", ("RS256",), "all know it (OIDC Core 15.1)")
EXTERNAL_TIMEOUT = Default("externals.*.timeout", 5.0, "not ours: short, and never on the path of everything")

# GraphQL
GRAPHQL_DEPTH = Default("services.*.graphql.depth", 8, "answers of routes are rarely nested deeper")
GRAPHQL_FIELDS = Default("services.*.graphql.fields", 200, "a page with all that its routes answer")
GRAPHQL_ROOT_FIELDS = Default(
    "services.*.graphql.root_fields", 10, "a page needs a few, and each costs as a request does (F1.2)"
)
GRAPHQL_ALIASES = Default("services.*.graphql.aliases", 10, "no more of the same route than root fields")
GRAPHQL_BATCH = Default("services.*.graphql.batch", 1, "one query has several fields already")
GRAPHQL_INTROSPECTION = Default(
    "services.*.graphql.introspection", False, "for tools in development", dev=True
)

# Sagas and drills
STEP_TIMEOUT = Default("sagas.*.steps.*.timeout", 30.0, "a call with its retries")
STEP_ATTEMPTS = Default("sagas.*.steps.*.attempts", 3, "then the saga turns back")
STEP_RETRY = Default("sagas.*.steps.*.retry", "limited", "then the saga turns back")
WHICH = Default("drills.*.breaks.*.which", "one", "the others stay")

TABLE: dict[str, Default[object]] = {d.path: d for d in list(vars().values()) if isinstance(d, Default)}
