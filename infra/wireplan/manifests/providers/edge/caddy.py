"""An edge by Caddy: a Deployment behind a LoadBalancer Service with the same port over TCP and UDP (spec rows P1, P3).

A new certificate in the Secret takes effect when the pods are restarted.
"""

from collections.abc import Iterator

from wireplan.manifests import common, labels, pods, policies, quantity, traffic
from wireplan.manifests.common import Owner
from wireplan.manifests.providers.edge import caddyfile, routes, varnish, vcl
from wireplan.manifests.thing import Body, Object, Plan, Value
from wireplan.topology import names
from wireplan.topology.types import Edge, Probe

FOLDER, FILE = "/etc/caddy", "Caddyfile"
READY = Probe("/ready", period=5, timeout=2, failures=2)
LIVE = Probe("/live", period=10, timeout=3, failures=3)
PRE_STOP, RESERVE = 5, 10  # seconds


def objects(plan: Plan, edge: Edge) -> Iterator[Object]:
    """Everything of one edge."""
    topology = plan.topology
    after = (("namespace", topology.system), ("network", topology.system))
    owner = Owner(topology, edge.resource, edge.kind, ("edge", edge.name), after)
    config = caddyfile.text(edge)
    rules = vcl.text(edge) if routes.kept(edge) else ""
    yield common.account(owner)
    yield common.config(owner, f"{edge.resource}-caddy", {FILE: config})
    if rules:
        yield common.config(owner, f"{edge.resource}-varnish", {varnish.FILE: rules})
        yield purge(owner, edge)
    if topology.environment.profile == "dev":
        yield certificate(owner, edge)
    yield balancer(owner, edge)
    yield policies.allow(plan, owner, traffic.pods(topology, edge.resource), ops=caddyfile.OPS)
    yield common.budget(owner)
    yield workload(owner, edge, common.checksum(*filter(None, (config, rules))))
    if edge.replicas.autoscaled:
        yield common.autoscaler(owner, "Deployment", edge.replicas)


def certificate(owner: Owner, edge: Edge) -> Object:
    """A certificate of our own, for development; elsewhere the Secret is given, by cert-manager or by hand."""
    hosts = (edge.host,)
    values = {
        name: Value("certificate", (part, *hosts))
        for name, part in (("tls.crt", "chain"), ("tls.key", "key"), ("ca.crt", "authority"))
    }
    return common.secret(owner, edge.tls_secret, values)


def balancer(owner: Owner, edge: Edge) -> Object:
    """The address that clients come to. UDP beside TCP, never instead: HTTP/2 is what a client falls back on."""
    ports: list[Body] = [{"name": "https", "port": edge.port, "protocol": "TCP", "targetPort": "https"}]
    if "http3" in edge.clients:
        ports.append({"name": "http3", "port": edge.port, "protocol": "UDP", "targetPort": "http3"})
    spec: Body = {"type": "LoadBalancer", "selector": owner.selector, "ports": ports}
    return owner.object({"apiVersion": "v1", "kind": "Service", "metadata": owner.metadata(), "spec": spec})


def purge(owner: Owner, edge: Edge) -> Object:
    """The pods by name for whoever purges, those too that are not ready: what they keep is given again once they are."""
    name = names.edge_purge(edge.name)
    spec: Body = {
        "type": "ClusterIP",
        "clusterIP": "None",
        "publishNotReadyAddresses": True,
        "selector": owner.selector,
        "ports": [common.service_port("purge", names.EDGE_PURGE_PORT)],
    }
    return owner.object(
        {"apiVersion": "v1", "kind": "Service", "metadata": owner.metadata(name), "spec": spec}
    )


def workload(owner: Owner, edge: Edge, checks: str) -> Object:
    """The Deployment."""
    version = labels.version(edge.image)
    spec: Body = {} if edge.replicas.autoscaled else {"replicas": edge.replicas.min}
    spec |= {
        "revisionHistoryLimit": 3,
        "selector": {"matchLabels": owner.selector},
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": edge.replicas.surge, "maxUnavailable": 0},
        },
        "template": common.template(owner, version, pod(owner, edge), checks),
    }
    metadata = owner.metadata(version=version)
    return owner.object({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})


def pod(owner: Owner, edge: Edge) -> Body:
    """The pod."""
    mounts = [
        pods.config_mount("caddy", FOLDER, f"{edge.resource}-caddy"),
        pods.secret_mount("tls", edge.tls_secret),
        pods.scratch(),
    ]
    ports = [pods.port("https", edge.container_port), pods.port("ops", caddyfile.OPS)]
    if "http3" in edge.clients:
        ports.insert(1, pods.port("http3", edge.container_port, "UDP"))
    main = pods.container(
        "caddy",
        edge.image,
        edge.resources,
        command=["caddy", "run", "--config", f"{FOLDER}/{FILE}", "--adapter", "caddyfile"],
        env=pods.plain({"HOME": pods.TMP, "XDG_CONFIG_HOME": pods.TMP, "XDG_DATA_HOME": pods.TMP}),
        ports=ports,
        readinessProbe=pods.probe(READY, "ops"),
        livenessProbe=pods.probe(LIVE, "ops"),
        lifecycle=pods.pre_stop(PRE_STOP),
        mounts=mounts,
        # The public image's program carries this file capability, and the kernel runs no program whose capabilities the
        # container may not have. The port is above 1024 all the same.
        capabilities=["NET_BIND_SERVICE"],
    )
    cache = bool(routes.kept(edge))
    return pods.spec(
        owner.name,
        [main],
        [*mounts, *(varnish.mounts(edge) if cache else ())],
        initContainers=[varnish.container(edge)] if cache else [],
        terminationGracePeriodSeconds=quantity.seconds(PRE_STOP + edge.budget + RESERVE),
        topologySpreadConstraints=pods.spread(owner.selector),
    )
