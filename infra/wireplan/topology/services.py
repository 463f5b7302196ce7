"""Services: kind, pods, ports, probes, resources, and what they use (spec rows A1 to A9, F1, F3)."""

from collections.abc import Mapping

from wireplan.model.services import OAuth as WrittenOAuth
from wireplan.model.services import Probe as WrittenProbe
from wireplan.model.services import Service as Written
from wireplan.model.services import ServiceDefaults
from wireplan.topology import defaults, edges, names
from wireplan.topology.calls import Limits, calls
from wireplan.topology.channels import channels
from wireplan.topology.context import Context, pick, resources, seconds, share
from wireplan.topology.deadlines import handlers
from wireplan.topology.default import Default
from wireplan.topology.graphql import graphql
from wireplan.topology.limits import rate_limit
from wireplan.topology.messaging import consumptions, publications
from wireplan.topology.types import (
    BucketUse,
    DatabaseUse,
    GrpcServer,
    OAuth,
    Pool,
    Ports,
    Probe,
    Probes,
    Replicas,
    Service,
    ServiceKind,
    Shutdown,
    Tier,
    Tokens,
)


def service(
    context: Context,
    name: str,
    limits: Limits,
    served: list[float],
    clusters: Mapping[str, str],
) -> Service:
    """One service with everything explicit; `served` are the deadlines it is asked to keep, `clusters` a database's cluster."""
    written, rest, profile = context.system.services[name], context.system.defaults.services, context.profile
    kind = kind_of(written)
    tier = pick(profile, defaults.TIER, written.tier, rest.tier)
    identity = pick(profile, defaults.IDENTITY, written.identity)
    pods = replicas(profile, written, rest, identity=identity, tier=tier)
    cpu = defaults.SCALED_CPU if pods.autoscaled else defaults.CPU
    return Service(
        name=name,
        kind=kind,
        tier=Tier(tier),
        module=names.module(context.system.system, context.parts.get(name, name)),
        identity=identity,
        headless=pick(profile, defaults.HEADLESS, written.headless),
        dns=names.dns(name, context.namespace),
        ports=ports(kind, written),
        replicas=pods,
        resources=resources(profile, cpu, defaults.MEMORY, written.resources, rest.resources),
        probes=probes(written, rest),
        shutdown=shutdown(context, name, served),
        serves=tuple(written.serves),
        grpc=grpc(written, rest, served) if written.serves else None,
        http_protocol=http_protocol(kind, written),
        graphql=graphql(context.profile, written.graphql),
        calls=calls(context, name, limits),
        publishes=publications(context, name),
        consumes=consumptions(context, name),
        database=database(context, name, clusters),
        buckets={bucket: BucketUse(bucket, use.access) for bucket, use in written.buckets.items()},
        caches=caches(written),
        externals=tuple(sorted({*written.externals, *(o.provider for o in written.oauth)})),
        rate_limit=rate_limit(written.rate_limit),
        tokens=tokens(context, name, written),
        verifies_tokens_of=written.accepts_tokens_of,
        oauth=tuple(login(context, name, each) for each in written.oauth),
        environment=dict(written.environment),
        secrets=tuple(written.secrets),
        secondary_features=tuple(written.secondary_features),
        availability=share(written.availability, rest.availability),
        channels=channels(context, name),
        part_of=context.parts.get(name),
    )


def kind_of(written: Written) -> ServiceKind:
    """What a service speaks to its callers: as written, else by what it serves."""
    if written.kind is not None:
        return ServiceKind(written.kind)
    if written.serves:
        return ServiceKind.GRPC
    return ServiceKind.HTTP if written.serves_http else ServiceKind.WORKER


def ports(kind: ServiceKind, written: Written) -> Ports:
    """The ports of its pod."""
    return Ports(
        grpc=names.GRPC_PORT if written.serves else None,
        http=names.HTTP_PORT
        if kind in (ServiceKind.GATEWAY, ServiceKind.HTTP) or written.serves_http
        else None,
        ops=names.OPS_PORT,
    )


def http_protocol(kind: ServiceKind, written: Written) -> str | None:
    """The HTTP it serves, if any."""
    if written.serves_http or kind in (ServiceKind.GATEWAY, ServiceKind.HTTP):
        return written.serves_http or defaults.HTTP_PROTOCOL.value
    return None


def replicas(profile: str, written: Written, rest: ServiceDefaults, *, identity: str, tier: str) -> Replicas:
    """How many pods; a StatefulSet replaces its pods, a Deployment starts the new one first."""
    surge = 0 if identity == "stable" else defaults.SURGE.value
    own = written.replicas or rest.replicas
    if own is None:
        number = (defaults.SECONDARY_REPLICAS if tier == "secondary" else defaults.REPLICAS).of(profile)
        return Replicas(number, number, surge=surge)
    wants_cpu = own.max > own.min and own.lag_records is None
    cpu = defaults.CPU_PERCENT.value if wants_cpu and own.cpu_percent is None else own.cpu_percent
    return Replicas(own.min, own.max, cpu, own.lag_records, surge)


def probes(written: Written, rest: ServiceDefaults) -> Probes:
    """The three probes, all on the ops port."""
    own, common, d = written.probes, rest.probes, defaults
    return Probes(
        startup=probe(
            own.startup,
            common.startup,
            (d.STARTUP_PATH, d.STARTUP_PERIOD, d.STARTUP_TIMEOUT, d.STARTUP_FAILURES),
        ),
        readiness=probe(
            own.readiness,
            common.readiness,
            (d.READINESS_PATH, d.READINESS_PERIOD, d.READINESS_TIMEOUT, d.READINESS_FAILURES),
        ),
        liveness=probe(
            own.liveness,
            common.liveness,
            (d.LIVENESS_PATH, d.LIVENESS_PERIOD, d.LIVENESS_TIMEOUT, d.LIVENESS_FAILURES),
        ),
    )


def probe(
    own: WrittenProbe,
    rest: WrittenProbe,
    of: tuple[Default[str], Default[float], Default[float], Default[int]],
) -> Probe:
    """One probe with everything explicit."""
    path, period, timeout, failures = of
    return Probe(
        path=pick("prod", path, own.path, rest.path),
        period=seconds("prod", period, own.period, rest.period),
        timeout=seconds("prod", timeout, own.timeout, rest.timeout),
        failures=pick("prod", failures, own.failures, rest.failures),
        initial_delay=float(own.initial_delay or rest.initial_delay or 0),
    )


def drain(context: Context, name: str, served: list[float]) -> float:
    """The longest thing a pod may be in the middle of: a request or a record."""
    return max([*served, *handlers(context.system, name)], default=0.0)


def shutdown(context: Context, name: str, served: list[float]) -> Shutdown:
    """How a pod ends: grace = pre_stop + drain + reserve, unless written (K8S002)."""
    own, rest = context.system.services[name].shutdown, context.system.defaults.services.shutdown
    pre_stop = seconds("prod", defaults.PRE_STOP, own.pre_stop, rest.pre_stop)
    longest = drain(context, name, served)
    grace = own.grace if own.grace is not None else rest.grace
    derived = pre_stop + longest + defaults.RESERVE.value
    return Shutdown(pre_stop, longest, float(grace) if grace is not None else derived)


def grpc(written: Written, rest: ServiceDefaults, served: list[float]) -> GrpcServer:
    """Server settings of gRPC."""
    own, common = written.grpc, rest.grpc
    grace = (
        own.max_connection_age_grace
        if own.max_connection_age_grace is not None
        else common.max_connection_age_grace
    )
    return GrpcServer(
        max_connection_age=seconds("prod", defaults.AGE, own.max_connection_age, common.max_connection_age),
        max_connection_age_grace=float(grace)
        if grace is not None
        else max(served, default=0.0) + defaults.AGE_GRACE.value,
        keepalive_time=seconds("prod", defaults.SERVER_KEEPALIVE, own.keepalive_time, common.keepalive_time),
        keepalive_timeout=seconds(
            "prod", defaults.SERVER_KEEPALIVE_TIMEOUT, own.keepalive_timeout, common.keepalive_timeout
        ),
        min_ping_interval=seconds("prod", defaults.MIN_PING, own.min_ping_interval, common.min_ping_interval),
        max_message_bytes=int(
            pick("prod", defaults.GRPC_MESSAGE, own.max_message_bytes, common.max_message_bytes)
        ),
    )


def caches(written: Written) -> tuple[str, ...]:
    """Caches it names, counts requests in, or keeps fallbacks in."""
    found = {*written.caches}
    if written.rate_limit:
        found.add(written.rate_limit.store)
    found.update(c.fallback.cache for c in written.calls.values() if c.fallback and c.fallback.cache)
    return tuple(sorted(found))


def database(context: Context, name: str, clusters: Mapping[str, str]) -> DatabaseUse | None:
    """The database a service owns, with separate hosts for writing and reading (spec row F3.1)."""
    written = context.system.services[name]
    if written.database is None:
        return None
    cluster = clusters[written.database.name]
    members = context.system.databases[cluster]
    pooled = pick(context.profile, defaults.POOLER, members.pooler)
    replicated = pick(context.profile, defaults.INSTANCES, members.instances) > 1
    read = "ro" if replicated else "rw"  # where there is no replica, each read would wait for one in vain
    statement = written.database.statement_timeout
    return DatabaseUse(
        service=name,
        cluster=cluster,
        name=written.database.name,
        owner=written.database.name,
        secret=names.database_secret(cluster, written.database.name),
        write_host=names.dns(names.postgres_service(cluster, "rw", pooled=pooled), context.namespace),
        read_host=names.dns(names.postgres_service(cluster, read, pooled=pooled), context.namespace),
        port=names.POSTGRES_PORT,
        pool=pool(context, name),
        statement_timeout=seconds("prod", defaults.STATEMENT, statement),
        reads_from_replicas=tuple(written.reads_from_replicas),
    )


def pool(context: Context, name: str) -> Pool:
    """The connection pool of each pod (spec row F3.2)."""
    written, rest = context.system.services[name].database, context.system.defaults.services.pool
    own = written.pool if written else rest
    most = pick("prod", defaults.POOL_MAX, own.max, rest.max)
    waiting = own.max_waiting if own.max_waiting is not None else rest.max_waiting
    return Pool(
        min=min(most, pick("prod", defaults.POOL_MIN, own.min, rest.min)),
        max=most,
        timeout=seconds("prod", defaults.POOL_TIMEOUT, own.timeout, rest.timeout),
        max_waiting=waiting if waiting is not None else 4 * most,
        max_lifetime=seconds("prod", defaults.POOL_LIFETIME, own.max_lifetime, rest.max_lifetime),
        connect_timeout=seconds("prod", defaults.POOL_CONNECT, own.connect_timeout, rest.connect_timeout),
    )


def login(context: Context, name: str, written: WrittenOAuth) -> OAuth:
    """A login by an external provider (spec row A9)."""
    callback = names.login_callback(edges.public_url(context), written.provider)
    return OAuth(
        provider=written.provider,
        pkce=written.pkce,
        client_id=written.client_id or context.system.system,
        redirect_uri=written.redirect or callback,
        algorithms=tuple(written.algorithms or defaults.LOGIN_ALGORITHMS.value),
        apps=tuple(written.apps),
        secret=names.login_secret(name, written.provider),
    )


def tokens(context: Context, name: str, written: Written) -> Tokens | None:
    """The tokens a service issues (spec row A8)."""
    own = written.tokens
    if own is None:
        return None
    return Tokens(
        algorithm=pick("prod", defaults.ALGORITHM, own.algorithm),
        access=seconds("prod", defaults.ACCESS, own.access),
        refresh=seconds("prod", defaults.REFRESH, own.refresh),
        issuer=own.issuer or edges.public_url(context),
        audience=own.audience or context.system.system,
        secret=names.tokens_secret(name),
    )
