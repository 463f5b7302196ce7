"""Caches: Valkey without persistence, for what may vanish at any time (spec row P11)."""

from collections.abc import Iterator

from wireplan.manifests import common, labels, pods, policies, traffic
from wireplan.manifests.common import Owner
from wireplan.manifests.thing import Body, Object, Plan, thing
from wireplan.topology.types import Cache

STOP = 10  # seconds; there is nothing to save


@thing("cache", rank=40)
def caches(plan: Plan) -> Iterator[Object]:
    """Every cache: one pod, a StatefulSet for its steady name."""
    topology = plan.topology
    after = (("namespace", topology.system), ("network", topology.system))
    for name, cache in sorted(topology.caches.items()):
        owner = Owner(topology, cache.resource, "cache", ("cache", name), after)
        yield common.account(owner)
        yield common.headless(owner, [common.service_port("redis", cache.port)])
        yield policies.allow(plan, owner, traffic.pods(topology, cache.resource))
        yield workload(owner, cache)


def workload(owner: Owner, cache: Cache) -> Object:
    """One pod. More would be a cluster with asynchronous copies, which a cache does not need."""
    version = labels.version(cache.image)
    spec: Body = {
        "replicas": 1,
        "serviceName": cache.resource,
        "selector": {"matchLabels": owner.selector},
        "template": common.template(owner, version, pod(cache)),
    }
    metadata = owner.metadata(version=version)
    return owner.object({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": spec})


def pod(cache: Cache) -> Body:
    """No snapshots, no log, a limit and what to drop at it."""
    settings = {
        "port": str(cache.port),
        "save": "",
        "appendonly": "no",
        "maxmemory": str(cache.memory),
        "maxmemory-policy": cache.eviction,
        "protected-mode": "no",  # the NetworkPolicy says who comes in
        "dir": pods.TMP,
    }
    command = ["valkey-server", *(word for key, value in settings.items() for word in (f"--{key}", value))]
    mounts = [pods.scratch()]
    check = {"tcpSocket": {"port": "redis"}}
    main = pods.container(
        "valkey",
        cache.image,
        cache.resources,
        command=command,
        ports=[pods.port("redis", cache.port)],
        readinessProbe={**check, **pods.timing(5, 2, 2)},
        livenessProbe={**check, **pods.timing(10, 3, 3)},
        mounts=mounts,
    )
    return pods.spec(cache.resource, [main], mounts, terminationGracePeriodSeconds=STOP)
