"""The wiring of a service: what it needs to know of the others, as plain data for its ConfigMap.

The platform package of the skeletons reads it; absent parts are absent keys; seconds and bytes.
"""

from typing import Any

from wireplan.topology import breakers, capacity, externals, graphql, grpc, limits, mtls, names, sagas
from wireplan.topology.types import Call, Channel, Consumption, Publication, Service, Topology

VERSION = 1
RELAY: dict[str, Any] = {"poll": 1.0, "batch": 100, "delivery_timeout": 300}
"""The outbox relay: its own process's commits wake it; it looks once a second for rows of pods that died, sends 100
rows at once, and gives up after 300 s (longer than a broker's failover)."""


def wiring(topology: Topology, service: str) -> dict[str, Any]:
    """The wiring of one service."""
    own = topology.services[service]
    found: dict[str, Any] = {
        "version": VERSION,
        "system": topology.system,
        "environment": topology.environment.name,
        "namespace": topology.environment.namespace,
        "service": own.name,
        "kind": own.kind.value,
        "tier": own.tier.value,
        "grpc": server(topology, own),
        "http": http(topology, own),
        "mtls": mtls.wired(topology, own),
        "ops": {"port": own.ports.ops},
        "shutdown": {
            "pre_stop": own.shutdown.pre_stop,
            "drain": own.shutdown.drain,
            "grace": own.shutdown.grace,
        },
        "calls": {callee: call(topology, c) for callee, c in own.calls.items() if c.protocol == "grpc"},
        "http_calls": {callee: http_call(c) for callee, c in own.calls.items() if c.protocol == "http"},
        "database": database(own),
        **messaging(topology, own),
        "channels": {way: sends(channel) for way, channel in own.channels.items()},
        "part_of": own.part_of,
        "sagas": sagas.orchestrated(topology, own.name),
        **stores(topology, own),
        **identity(topology, own),
        "graphql": graphql.wired(own),
        "switches": switches(own),
        "public": public(topology),
        "telemetry": telemetry(topology),
    }
    return {key: value for key, value in found.items() if value not in (None, {}, [])}


def telemetry(topology: Topology) -> dict[str, Any]:
    """Where its traces go, and how many of them."""
    environment = topology.environment
    ratio = 1.0 if environment.sample is None else environment.sample
    return {"otlp_endpoint": environment.collector, "sample_ratio": ratio}


def server(topology: Topology, own: Service) -> dict[str, Any] | None:
    """What its gRPC server serves."""
    if own.grpc is None:
        return None
    contracts = [topology.contracts[name] for name in own.serves if name in topology.contracts]
    methods = {m.name: {"idempotency": m.idempotency.value} for c in contracts for m in c.methods.values()}
    return {
        "port": own.ports.grpc,
        "services": list(own.serves),
        "server_options": grpc.server_options(own.grpc),
        "methods": methods,
    }


def http(topology: Topology, own: Service) -> dict[str, Any] | None:
    """What its HTTP server serves; `deadline` is the budget of one request, which its calls share (spec row F1.1).

    Where several edges lead to it, the longest budget: each edge ends its own requests.
    """
    if not own.ports.http:
        return None
    budgets = [
        edge.budget
        for edge in topology.edges.values()
        if any(route.bucket is None and route.to == own.name for route in edge.routes)
    ]
    found: dict[str, Any] = {"port": own.ports.http, "protocol": own.http_protocol}
    return {**found, "deadline": max(budgets)} if budgets else found


def call(topology: Topology, own: Call) -> dict[str, Any]:
    """One gRPC call to another service."""
    contract = topology.contracts.get(own.contract or "")
    config = grpc.service_config(own, contract)
    return {
        "target": own.target,
        "service": own.contract,
        **patience(own),
        "reads": grpc.reads(contract) if contract else [],
        "service_config": config,
        "channel_options": grpc.channel_options(topology.services[own.callee].grpc),
        **breakers.wired(own.breaker),
    }


def http_call(own: Call) -> dict[str, Any]:
    """One call by HTTP to another service."""
    return {"url": own.target, **patience(own), **breakers.wired(own.breaker)}


def patience(own: Call) -> dict[str, Any]:
    """How long a call may take, how often it is made, and what is answered without it."""
    fallback = own.fallback
    return {
        "deadline": own.deadline,
        "attempts": own.retry.attempts,
        "critical": own.critical,
        "fallback": {
            "kind": fallback.kind,
            "cache": fallback.cache,
            "ttl": fallback.ttl,
            "max_stale": fallback.max_stale,
        }
        if fallback
        else None,
    }


def database(own: Service) -> dict[str, Any] | None:
    """Its database: one host to write to, one to read from (spec row F3.1)."""
    use = own.database
    if use is None:
        return None
    return {
        "name": use.name,
        "user": use.owner,
        "write_host": use.write_host,
        "read_host": use.read_host,
        "port": use.port,
        "password_file": f"{names.SECRETS}/database/password",
        "pool": {
            "min": use.pool.min,
            "max": use.pool.max,
            "timeout": use.pool.timeout,
            "max_waiting": use.pool.max_waiting,
            "max_lifetime": use.pool.max_lifetime,
            "connect_timeout": use.pool.connect_timeout,
        },
        "statement_timeout": use.statement_timeout,
        "reads_from_replicas": list(use.reads_from_replicas),
    }


def messaging(topology: Topology, own: Service) -> dict[str, Any]:
    """What it publishes and consumes."""
    if not (own.publishes or own.consumes) or topology.kafka is None:
        return {}
    outbox = any(p.outbox for p in own.publishes.values())
    return {
        "kafka": {"bootstrap": topology.kafka.bootstrap},
        "publishes": {topic: publication(p) for topic, p in own.publishes.items()},
        "outbox": dict(RELAY) if outbox else None,
        "inbox": {"keep": inbox} if (inbox := capacity.remembered(topology.topics, own)) else None,
        "consumes": {topic: consumption(c) for topic, c in own.consumes.items()},
    }


def sends(own: Channel) -> dict[str, Any]:
    """One way by which it tells people something (spec row M3)."""
    return {"topic": own.topic, "through": own.through, "sender": own.sender}


def publication(own: Publication) -> dict[str, Any]:
    """One publication."""
    return {"topic": own.topic, "message": own.message, "key": own.key, "outbox": own.outbox}


def consumption(own: Consumption) -> dict[str, Any]:
    """One consumer group."""
    return {
        "topic": own.topic,
        "message": own.message,
        "key": own.key,
        "group": own.group,
        "protocol": own.protocol.value,
        "membership": own.membership.value,
        "session_timeout": own.session_timeout,
        "max_poll_interval": own.max_poll_interval,
        "max_poll_records": own.max_poll_records,
        "handler_timeout": own.handler_timeout,
        "concurrency": own.concurrency,
        "attempts": own.attempts,
        "ordering": own.ordering,
        "offset_reset": own.offset_reset,
        "commit": own.commit,
        "inbox": own.inbox,
        "retry_topics": [{"topic": step.topic, "delay": step.delay} for step in own.retries],
        "dead_letter_topic": own.dead_letter,
    }


def stores(topology: Topology, own: Service) -> dict[str, Any]:
    """Buckets and caches it uses."""
    store = topology.object_store
    buckets = {name: bucket(topology, name, use.access) for name, use in own.buckets.items()} if store else {}
    caches = {
        name: {"host": topology.caches[name].host, "port": topology.caches[name].port} for name in own.caches
    }
    return {"buckets": buckets, "caches": caches, "edge_caches": purged(topology, own)}


def purged(topology: Topology, own: Service) -> dict[str, Any]:
    """The edges whose caches it purges: where each of their pods is told so."""
    namespace = topology.environment.namespace
    return {
        edge.name: {"host": names.dns(names.edge_purge(edge.name), namespace), "port": names.EDGE_PURGE_PORT}
        for edge in topology.edges.values()
        if edge.cache and own.name in edge.cache.purged_by
    }


def bucket(topology: Topology, name: str, access: str) -> dict[str, Any]:
    """One bucket; `public_endpoint` where clients upload to it through an edge, `signed_for` where that edge tells the store the store's own name."""
    store = topology.object_store
    edge = topology.edges.get(topology.buckets[name].uploads_through or "")
    renamed = store.endpoint if store and edge and store.provider == "external" else None
    found = {
        "bucket": name,
        "access": access,
        "endpoint": store.endpoint if store else None,
        "public_endpoint": edge.base_url if edge else None,
        "signed_for": renamed,
        "region": store.region if store else None,
        "access_key_file": f"{names.SECRETS}/objects/access_key",
        "secret_key_file": f"{names.SECRETS}/objects/secret_key",
    }
    return {key: value for key, value in found.items() if value is not None}


def identity(topology: Topology, own: Service) -> dict[str, Any]:
    """Tokens it issues, tokens it accepts, limits and logins (spec rows A8, A9, F1.2)."""
    found: dict[str, Any] = {}
    if own.tokens:
        found["tokens"] = {
            "issuer": own.tokens.issuer,
            "audience": own.tokens.audience,
            "algorithm": own.tokens.algorithm,
            "access_ttl": own.tokens.access,
            "refresh_ttl": own.tokens.refresh,
            "keys_dir": f"{names.SECRETS}/tokens",
        }
    issuer = topology.services[own.verifies_tokens_of].tokens if own.verifies_tokens_of else None
    if issuer:
        found["verifies"] = {
            "issuer": issuer.issuer,
            "audience": issuer.audience,
            "algorithms": [issuer.algorithm],
            "keys_from": own.verifies_tokens_of,
        }
    found["rate_limit"] = limits.wired(topology, own)
    found["logins"] = {o.provider: externals.login(topology.externals[o.provider], o) for o in own.oauth}
    found["externals"] = {name: externals.wired(topology.externals[name]) for name in own.externals}
    return found


def switches(own: Service) -> dict[str, Any] | None:
    """What can be switched off (spec row F1.4): features that it can do without, and callees. One name is one switch, whatever it names."""
    found = optional(own)
    return {"names": list(found), "folder": names.SWITCHES} if found else None


def optional(own: Service) -> tuple[str, ...]:
    """Names of what a service can do without."""
    spare = (callee for callee, c in own.calls.items() if c.protocol == "grpc" and not c.critical)
    return tuple(sorted({*own.secondary_features, *spare}))


def public(topology: Topology) -> dict[str, Any]:
    """The addresses that clients know."""
    found: dict[str, Any] = {}
    for edge in topology.edges.values():
        found.setdefault("cdn_url" if edge.kind == "cdn" else "base_url", edge.base_url)
    return found
