"""The S3 object store: versitygw over a volume where it is ours (spec row P11), and the buckets."""

import json
from collections.abc import Iterator

from wireplan.manifests import common, labels, pods, policies, quantity, traffic
from wireplan.manifests.common import Owner
from wireplan.manifests.pods import Mount
from wireplan.manifests.thing import Body, Object, Plan, Value, thing
from wireplan.topology.types import ObjectStore, Resources

JOB = "objects-buckets"
FOLDER, FILE = "/etc/wireplan", "buckets.json"
DATA = "/data"
STOP = 60  # seconds for uploads that run
ACCESS_KEY, SECRET_KEY = "access_key", "secret_key"
MEBIBYTE = 2**20
JOB_RESOURCES = Resources(cpu_request=20, memory_request=64 * MEBIBYTE, memory_limit=256 * MEBIBYTE)


@thing("objects", rank=50)
def object_store(plan: Plan) -> Iterator[Object]:
    """The store. One that somebody else runs brings its own Secret, named by the Topology."""
    topology, store = plan.topology, plan.topology.object_store
    if store is None or store.provider != "builtin":
        return
    after = (("namespace", topology.system), ("network", topology.system))
    owner = Owner(topology, store.resource, "object-store", ("objects", store.resource), after)
    yield common.account(owner)
    yield common.secret(owner, store.secret, {ACCESS_KEY: Value("access-key"), SECRET_KEY: Value("password")})
    yield common.headless(owner, [common.service_port("s3", store.port, application="http")])
    yield policies.allow(plan, owner, traffic.pods(topology, store.resource))
    yield workload(owner, store)


@thing("buckets", rank=55)
def buckets(plan: Plan) -> Iterator[Object]:
    """A Job that makes the buckets, and never removes one."""
    topology, store = plan.topology, plan.topology.object_store
    if store is None or store.provider != "builtin" or not topology.buckets:
        return
    after = (("objects", store.resource), ("network", topology.system))
    owner = Owner(topology, JOB, "buckets", ("buckets", store.resource), after)
    wanted = json.dumps([{"name": name} for name in sorted(topology.buckets)], indent=2) + "\n"
    image = plan.image("tools")
    name = f"{JOB}-{common.short_hash(wanted, image)}"
    yield common.account(owner)
    yield common.config(owner, JOB, {FILE: wanted})
    yield policies.allow(plan, owner, traffic.pods(topology, JOB))
    yield common.job(owner, name, labels.version(image), job_pod(store, image))


def workload(owner: Owner, store: ObjectStore) -> Object:
    """One pod with one volume, which outlives it."""
    version = labels.version(store.image)
    spec: Body = {
        "replicas": 1,
        "serviceName": store.resource,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "selector": {"matchLabels": owner.selector},
        "template": common.template(owner, version, pod(store)),
        "volumeClaimTemplates": [common.claim("data", store.volume)],
    }
    body: Body = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": owner.metadata(version=version),
        "spec": spec,
    }
    return owner.object(body, holds=f"volume {store.resource}")


def pod(store: ObjectStore) -> Body:
    """versitygw: S3 in front, plain files behind."""
    mounts = [Mount("data", DATA, read_only=False), pods.scratch()]
    variables = [key("ROOT_ACCESS_KEY", store, ACCESS_KEY), key("ROOT_SECRET_KEY", store, SECRET_KEY)]
    command = [
        "/usr/local/bin/versitygw",
        "--port",
        f":{store.port}",
        "--region",
        store.region,
        "--health",
        "/health",
        "--iam-dir",
        pods.TMP,
        "posix",
        DATA,
    ]
    check = {"httpGet": {"path": "/health", "port": "s3"}}
    main = pods.container(
        "versitygw",
        store.image,
        store.resources,
        command=command,
        env=variables,
        ports=[pods.port("s3", store.port)],
        readinessProbe={**check, **pods.timing(5, 2, 2)},
        livenessProbe={**check, **pods.timing(20, 5, 3)},
        lifecycle=pods.pre_stop(5),
        mounts=mounts,
    )
    return pods.spec(store.resource, [main], mounts, terminationGracePeriodSeconds=STOP)


def key(variable: str, store: ObjectStore, name: str) -> Body:
    """The program reads its keys from the environment only."""
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": store.secret, "key": name}}}


def job_pod(store: ObjectStore, image: str) -> Body:
    """The Job's pod."""
    mounts = [
        pods.config_mount("buckets", FOLDER, JOB),
        pods.secret_mount("objects", store.secret),
        pods.scratch(),
    ]
    variables = pods.plain({"S3_ENDPOINT": store.endpoint, "S3_REGION": store.region})
    one = pods.container(
        "buckets", image, JOB_RESOURCES, args=["buckets", f"{FOLDER}/{FILE}"], env=variables, mounts=mounts
    )
    return pods.spec(JOB, [one], mounts, activeDeadlineSeconds=quantity.seconds(900))
