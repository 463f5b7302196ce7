"""A service's objects: workload, headless Service, account, budget, autoscaler, policy, configuration."""

from collections.abc import Iterator

from wireplan.manifests import certificates, common, labels, pods, policies, quantity, traffic
from wireplan.manifests.common import Owner
from wireplan.manifests.pods import Mount
from wireplan.manifests.thing import Body, Component, Object, Plan, Value, present, thing
from wireplan.topology import mtls, names, wiring
from wireplan.topology.types import External, Membership, Service, Topology

AUTHORITY = "ca.crt"
WIRING_FOLDER, WIRING_FILE = "/etc/wireplan", "wiring.json"
SWITCHES = "switches"
"""The ConfigMap that a person makes to switch features off, in the system's namespace; it is never ours, and there is none as long as all is on."""


@thing("service", rank=60)
def services(plan: Plan) -> Iterator[Object]:
    """The objects of every service, in the order of their names."""
    for _, service in sorted(plan.topology.services.items()):
        yield from one(plan, service)


def one(plan: Plan, service: Service) -> Iterator[Object]:
    """All objects of one service."""
    topology = plan.topology
    owner = Owner(
        topology, service.name, service.kind.value, ("service", service.name), needs(topology, service)
    )
    wired = common.lines(wiring.wiring(topology, service.name))
    yield common.account(owner)
    yield common.config(owner, f"{service.name}-wiring", {WIRING_FILE: wired})
    if service.tokens:
        yield common.secret(owner, service.tokens.secret, {"*": Value("ed25519-key")})
    for login in service.oauth:
        if topology.externals[login.provider].provider == "builtin":
            yield common.secret(owner, login.secret, {"client_secret": Value("password")})
    yield common.headless(owner, service_ports(service))
    yield policies.allow(plan, owner, traffic.pods(topology, service.name), ops=service.ports.ops)
    yield common.budget(owner)
    yield workload(plan, owner, service, common.checksum(wired))
    if service.replicas.autoscaled:
        kind = "StatefulSet" if service.identity == "stable" else "Deployment"
        yield common.autoscaler(owner, kind, service.replicas)


def needs(topology: Topology, service: Service) -> tuple[Component, ...]:
    """What must be there before the service's pods: what it keeps data in, never other services, which come and go."""
    found: list[Component] = [("namespace", topology.system), ("network", topology.system)]
    if topology.kafka and (service.publishes or service.consumes):
        found += [("kafka", "kafka"), ("topics", "kafka")]
    if service.database:
        found.append(("postgres", service.database.cluster))
    found += [
        ("external", name) for name in service.externals if topology.externals[name].provider == "builtin"
    ]
    if topology.environment.mtls and mtls.speaks(service):
        found.append((certificates.NAME, certificates.NAME))
    found += [("cache", name) for name in traffic.caches_of(service)]
    if topology.object_store and service.buckets:
        found += [(kind, topology.object_store.resource) for kind in ("objects", "buckets")]
    return tuple(found)


def service_ports(service: Service) -> list[Body]:
    """Named ports of the headless Service."""
    found: list[Body] = []
    if service.ports.grpc is not None:
        found.append(common.service_port("grpc", service.ports.grpc, application="grpc"))
    if service.ports.http is not None:
        application = "kubernetes.io/h2c" if service.http_protocol == "http2" else "http"
        found.append(common.service_port("http", service.ports.http, application=application))
    found.append(common.service_port("ops", service.ports.ops, application="http"))
    return found


def workload(plan: Plan, owner: Owner, service: Service, checks: str) -> Object:
    """A StatefulSet where the pods' names matter (spec row M6), else a Deployment. No `replicas` under an autoscaler."""
    image = plan.image(service.whole)
    version = labels.version(image)
    spec: Body = {}
    if not service.replicas.autoscaled:
        spec["replicas"] = service.replicas.min
    spec["revisionHistoryLimit"] = 3
    spec["selector"] = {"matchLabels": owner.selector}
    if service.identity == "stable":
        kind = "StatefulSet"
        spec |= {
            "serviceName": service.name,
            "podManagementPolicy": "Parallel",
            "updateStrategy": {"type": "RollingUpdate"},
        }
    else:
        kind = "Deployment"
        spec["strategy"] = {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": service.replicas.surge, "maxUnavailable": 0},
        }
    spec["template"] = common.template(owner, version, pod(owner, service, image), checks)
    metadata = owner.metadata(version=version)
    return owner.object({"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec})


def pod(owner: Owner, service: Service, image: str) -> Body:
    """The pod of a service."""
    mounts = all_mounts(owner.topology, service)
    variables = environment(service)
    migrate: list[Body] = []
    if service.database:
        # Every pod runs it: the migration takes a lock in the database, so that one works and the others find it done.
        one = pods.container(
            "migrate", image, service.resources, args=["migrate"], env=variables, mounts=mounts
        )
        migrate.append(one)
    main = pods.container(
        service.name,
        image,
        service.resources,
        args=["serve"],
        env=variables,
        ports=container_ports(service),
        startupProbe=pods.probe(service.probes.startup, "ops"),
        readinessProbe=pods.probe(service.probes.readiness, "ops"),
        livenessProbe=pods.probe(service.probes.liveness, "ops"),
        lifecycle=pods.pre_stop(service.shutdown.pre_stop),
        mounts=mounts,
    )
    return pods.spec(
        service.name,
        [main],
        mounts,
        initContainers=migrate,
        terminationGracePeriodSeconds=quantity.seconds(service.shutdown.grace),
        topologySpreadConstraints=pods.spread(owner.selector),
    )


def container_ports(service: Service) -> list[Body]:
    """Named ports of the container."""
    numbers = (("grpc", service.ports.grpc), ("http", service.ports.http), ("ops", service.ports.ops))
    return [pods.port(name, number) for name, number in numbers if number is not None]


def environment(service: Service) -> list[Body]:
    """Who the pod is and where its wiring lies; a static member's name is its pod's (spec row M6)."""
    variables = list(pods.WHO_AM_I)
    if any(c.membership is Membership.STATIC for c in service.consumes.values()):
        variables.append(pods.field("GROUP_INSTANCE_ID", "metadata.name"))
    own = {"WIREPLAN_WIRING": f"{WIRING_FOLDER}/{WIRING_FILE}", **service.environment}
    return [*variables, *pods.plain(own)]


def all_mounts(topology: Topology, service: Service) -> list[Mount]:
    """The wiring, the secrets that the service uses, and a place for temporary files."""
    # The whole folder is mounted, not one file by subPath: a changed ConfigMap would never reach a subPath.
    found = [pods.config_mount("wiring", WIRING_FOLDER, f"{service.name}-wiring"), pods.scratch()]
    if wiring.optional(service):
        found.append(pods.config_mount(SWITCHES, names.SWITCHES, SWITCHES, optional=True))
    if service.database:
        found.append(pods.secret_mount("database", service.database.secret))
    if topology.object_store and service.buckets:
        found.append(pods.secret_mount("objects", topology.object_store.secret))
    if service.tokens:
        found.append(pods.secret_mount("tokens", service.tokens.secret))
    found += [pods.secret_mount(f"login-{one.provider}", one.secret) for one in service.oauth]
    for name in service.externals:
        if topology.externals[name].own_authority:
            secret = topology.externals[name].tls_secret
            found.append(pods.secret_mount(f"external-{name}", secret, only=(AUTHORITY,)))
    found += [shown(topology.externals[name]) for name in service.externals if topology.externals[name].auth]
    if topology.environment.mtls and mtls.speaks(service):
        found.append(certificates.mount(mtls.holder(topology, service)))
    return found + [pods.secret_mount(name, name) for name in service.secrets]


def shown(external: External) -> Mount:
    """By what a service shows a system that is not ours who it is."""
    return pods.secret_mount(
        f"auth-{external.name}", present(external.auth_secret), only=(present(external.auth),)
    )
