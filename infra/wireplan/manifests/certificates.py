"""What signs the services' certificates and renews them: one pod, its right to these Secrets and no others, and the Secrets, empty at first (docs/identity-of-services.md).

The Secrets are made here without values, so that the pod needs no right to create any (a Secret of the right kind gives whoever makes it another's
token), and so that no program but the pod ever sees a key: `wireplan up` and `kubectl apply` leave alone what they did not write.
"""

import json
from collections.abc import Iterator, Sequence

from wireplan.manifests import common, labels, pods, policies
from wireplan.manifests.common import Owner
from wireplan.manifests.flow import End, Port
from wireplan.manifests.pods import Mount
from wireplan.manifests.thing import Body, Object, Plan, thing
from wireplan.topology import mtls, names
from wireplan.topology.mtls import Holder
from wireplan.topology.types import Resources, Topology

NAME = names.CERTIFICATES
AUTHORITY = f"{NAME}-authority"
FOLDER, FILE = "/etc/wireplan", "certificates.json"
API_SERVER = (443, 6443)
MEBIBYTE = 2**20
NEEDS = Resources(cpu_request=10, memory_request=64 * MEBIBYTE, memory_limit=128 * MEBIBYTE)
FILES = ("tls.crt", "tls.key", "ca.crt")
RBAC = "rbac.authorization.k8s.io"


@thing("certificates", rank=15)
def certificates(plan: Plan) -> Iterator[Object]:
    """Everything of it; nothing where gRPC is in plain text."""
    topology = plan.topology
    holders = tuple(mtls.holders(topology))
    if not holders:
        return
    after = (("namespace", topology.system), ("network", topology.system))
    owner = Owner(topology, NAME, NAME, (NAME, NAME), after)
    asked = wanted(topology, holders)
    yield common.account(owner)
    yield empty(owner, AUTHORITY, "the authorities that sign")
    for holder in holders:
        yield empty(owner, holder.secret, ", ".join(FILES))
    yield from rights(owner, [AUTHORITY, *(holder.secret for holder in holders)])
    yield common.config(owner, NAME, {FILE: asked})
    reach = [{"to": policies.anywhere(), "ports": [policies.entry(Port(number)) for number in API_SERVER]}]
    yield policies.allow(plan, owner, End(NAME, owner.selector), egress=reach)
    yield workload(plan, owner, common.checksum(asked))


def wanted(topology: Topology, holders: Sequence[Holder]) -> str:
    """What the pod is told: whose certificates, kept where, and for how long they are good. Seconds."""
    document = {
        "namespace": topology.environment.namespace,
        "authority": AUTHORITY,
        "lifetime": topology.environment.certificate_lifetime,
        "renewed_after": mtls.renewed_after(topology.environment.certificate_lifetime or 0.0),
        "certificates": [
            {"secret": each.secret, "service": each.service, "identity": each.identity, "dns": each.dns}
            for each in holders
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def empty(owner: Owner, name: str, holds: str) -> Object:
    """A Secret that the pod fills. Pods that mount it wait until it has."""
    told = {common.VALUES: f"{holds}: written and renewed in the cluster, by Deployment {NAME}"}
    body: Body = {"apiVersion": "v1", "kind": "Secret", "metadata": owner.metadata(name, annotations=told)}
    return owner.object({**body, "type": "Opaque"})


def rights(owner: Owner, secrets: Sequence[str]) -> Iterator[Object]:
    """To read and to change these Secrets, by name."""
    rules = [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": list(secrets), "verbs": ["get", "patch"]}]  # fmt: skip
    version = f"{RBAC}/v1"
    yield owner.object({"apiVersion": version, "kind": "Role", "metadata": owner.metadata(), "rules": rules})
    yield owner.object(
        {
            "apiVersion": version,
            "kind": "RoleBinding",
            "metadata": owner.metadata(),
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": NAME},
            "subjects": [
                {"kind": "ServiceAccount", "name": NAME, "namespace": owner.topology.environment.namespace}
            ],
        }
    )


def workload(plan: Plan, owner: Owner, checks: str) -> Object:
    """One pod: two would sign at once. It may be away for half of a certificate's life."""
    image = plan.image("tools")
    version = labels.version(image)
    spec: Body = {
        "replicas": 1,
        "revisionHistoryLimit": 3,
        "selector": {"matchLabels": owner.selector},
        "strategy": {"type": "Recreate"},
        "template": common.template(owner, version, pod(image), checks),
    }
    metadata = owner.metadata(version=version)
    return owner.object({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})


def pod(image: str) -> Body:
    """The only pod of the system that talks to the API server with a token of its own. It is ready when every certificate is there and fresh."""
    mounts = [pods.config_mount(NAME, FOLDER, NAME), pods.scratch()]
    one = pods.container(
        NAME,
        image,
        NEEDS,
        args=[NAME, f"{FOLDER}/{FILE}"],
        ports=[pods.port("ops", names.OPS_PORT)],
        readinessProbe={"httpGet": {"path": "/ready", "port": "ops"}, **pods.timing(5, 2, 2)},
        livenessProbe={"httpGet": {"path": "/live", "port": "ops"}, **pods.timing(30, 5, 4)},
        mounts=mounts,
    )
    return pods.spec(NAME, [one], mounts, automountServiceAccountToken=True, terminationGracePeriodSeconds=5)


def mount(holder: Holder) -> Mount:
    """The certificate of a service. The files are named, so that a pod does not start before they are there."""
    items = [{"key": name, "path": name} for name in FILES]
    source: Body = {"secretName": holder.secret, "defaultMode": pods.SECRET_MODE, "items": items}
    return Mount("secret-mtls", mtls.FOLDER, {"secret": source})
