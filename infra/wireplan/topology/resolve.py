"""From what the author wrote to a Topology: one environment, every default and derived number explicit.

Pure: the same system, contracts and environment give the same Topology. References must be sound
(`wireplan.load.references`); resolve looks names up and does not explain a missing one.
"""

from wireplan.model import splitting
from wireplan.model.system import Environment as WrittenEnvironment
from wireplan.model.system import System
from wireplan.topology import deadlines, defaults, drills, edges, externals, messaging, repeats, sagas, stores
from wireplan.topology.again import Again
from wireplan.topology.calls import Limits
from wireplan.topology.context import Context, pick, seconds, share
from wireplan.topology.contracts import Schema
from wireplan.topology.origins import Origins, Positions, Written
from wireplan.topology.services import service
from wireplan.topology.types import Environment, Move, Strictness, Topology, Waiver

NO_ENVIRONMENT = "default"
"""The name of the environment when no overlay is chosen."""


def resolve(
    system: System,
    schema: Schema | None = None,
    *,
    name: str = NO_ENVIRONMENT,
    positions: Positions | None = None,
    file: str = "topology.yaml",
    again: Again | None = None,
) -> Topology:
    """The Topology of `system` in its environment; `name` is the environment's name where the system gives none.

    `again` remembers the services of the time before; the result is the same with and without it.
    """
    origins = Origins(positions or Written(system), file)
    parts, system = splitting.parts(system), splitting.spread(system)
    context = Context(system, schema or Schema(), environment(system, name), parts)
    within = deadlines.deadlines(system, context.profile)
    limits = Limits(within, repeats.attempts(system, context.profile, within))
    served = deadlines.served(system, context.profile, limits.deadlines)
    clusters = {database: cluster for cluster, c in system.databases.items() for database in c.databases}
    make = again.of(context) if again else service
    services = {n: make(context, n, limits, served.get(n, []), clusters) for n in system.services}
    topology = Topology(
        system=system.system,
        environment=context.environment,
        contracts_package=system.contracts.package if system.contracts else None,
        contracts_version=version(system),
        contracts=context.schema.contracts,
        messages=context.schema.messages,
        services=services,
        topics=messaging.topics(context, services),
        kafka=stores.kafka(context),
        databases=stores.databases(context, services),
        caches=stores.caches(context),
        buckets=stores.buckets(context),
        object_store=stores.object_store(context),
        edges=edges.edges(context),
        externals=externals.externals(context, services),
        sagas=sagas.sagas(context),
        drills=drills.drills(context),
        moved=tuple(Move(m.old, m.new) for m in system.moved),
        allow_data_loss=tuple(system.allow_data_loss),
        patches=tuple(p.model_dump() for p in system.patches),
        origins=origins,
        file=file,
        proto_files=context.schema.files,
        waivers=tuple(Waiver(w.allow, w.on, w.until, w.reason) for w in system.waivers),
        rules=Strictness(tuple(system.rules.enforced), system.rules.severity),
    )
    return origins.bind(topology)


def version(system: System) -> str:
    """The version of the contracts as a package (spec row P7)."""
    written = system.contracts.version if system.contracts else None
    return pick(defaults.PROFILE.value, defaults.CONTRACTS_VERSION, written)


def environment(system: System, name: str) -> Environment:
    """Where the system runs, and how strict it is."""
    written: WrittenEnvironment = system.environment
    profile = written.profile or defaults.PROFILE.value
    return Environment(
        name=written.name or name,
        profile=profile,
        namespace=written.namespace or system.system,
        cluster=pick(profile, defaults.CLUSTER, written.cluster),
        contexts=tuple(written.contexts),
        storage_class=written.storage_class,
        kafka_provider=pick(profile, defaults.KAFKA_PROVIDER, written.kafka),
        postgres_provider=pick(profile, defaults.POSTGRES_PROVIDER, written.postgres),
        edge_provider=pick(profile, defaults.EDGE_PROVIDER, written.edge),
        survives=pick(profile, defaults.SURVIVES, written.survives),
        zones=written.zones,
        collector=(written.collector or "").rstrip("/") or None,
        sample=share(written.sample),
        mtls=written.mtls,
        certificate_lifetime=seconds(profile, defaults.CERTIFICATE_LIFETIME, written.certificate_lifetime)
        if written.mtls
        else None,
        prometheus=written.prometheus,
        grafana=written.grafana,
    )
