"""What stands in for relays and gateways that are not ours, where the real ones cannot be reached: it takes messages and shows them (spec row M3).

One small pod a system, in the namespace of what is no part of the system, beside the provider of logins that may be there, too.
"""

import base64
import json
from collections.abc import Iterator

from wireplan.manifests import common, pods
from wireplan.manifests.pods import Mount
from wireplan.manifests.standins import CHECKSUM, MEBIBYTE, STOP, Secrets, made, namespace, selector
from wireplan.manifests.thing import Body
from wireplan.topology import names
from wireplan.topology.addresses import address
from wireplan.topology.types import External, Resources, Topology

KINDS = ("smtp", "push", "sms")
FILE, FOLDER, AUTH = "sink.json", "/etc/wireplan/sink", "auth"
SMALL = Resources(cpu_request=5, memory_request=24 * MEBIBYTE, memory_limit=64 * MEBIBYTE)


def brought(topology: Topology) -> Iterator[External]:
    """Those that some service uses; what nobody uses is not brought."""
    used = {name for service in topology.services.values() for name in service.externals}
    for name, external in sorted(topology.externals.items()):
        if name in used and external.kind in KINDS and external.provider == "builtin":
            yield external


def objects(external: External, secrets: Secrets, image: str) -> list[Body]:
    """All that it is made of, with the values: this is applied, and never shown."""
    name, port = names.external(external.name), address(external.url).port
    values = {"tls.crt": secrets.certificate, "tls.key": secrets.key, AUTH: secrets.client}
    told = json.dumps(configuration(external, port), indent=2, sort_keys=True)
    ports: list[Body] = [{"name": "messages", "port": port, "protocol": "TCP", "targetPort": port}]
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    checks = common.checksum(*values.values(), told)
    return [
        namespace(),
        made("v1", "ServiceAccount", name, {"automountServiceAccountToken": False}),
        made("v1", "Secret", name, {"type": "Opaque", "data": encoded}),
        made("v1", "ConfigMap", name, {"data": {FILE: told}}),
        # Without an address of its own: clients come to the pod, by the port that policies name.
        made(
            "v1", "Service", name, {"spec": {"clusterIP": "None", "selector": selector(name), "ports": ports}}
        ),
        made("apps/v1", "Deployment", name, {"spec": workload(name, port, image, checks)}),
    ]


def configuration(external: External, port: int) -> dict[str, object]:
    """What the program is told; secrets by the names of their files."""
    folder = f"{pods.SECRETS}/own"
    return {
        "kind": "smtp" if external.kind == "smtp" else "http",
        "port": port,
        "certificate": f"{folder}/tls.crt",
        "key": f"{folder}/tls.key",
        "user": external.user,
        "auth_file": f"{folder}/{AUTH}" if external.auth else None,
    }


def workload(name: str, port: int, image: str, checks: str) -> Body:
    """One pod with one program."""
    mounts = [
        pods.secret_mount("own", name),
        Mount("sink", FOLDER, {"configMap": {"name": name}}),
        pods.scratch(),
    ]
    sink = pods.container(
        "sink",
        image,
        SMALL,
        args=["sink", f"{FOLDER}/{FILE}"],
        ports=[pods.port("messages", port)],
        readinessProbe={"tcpSocket": {"port": "messages"}, **pods.timing(5, 2, 3)},
        mounts=mounts,
    )
    metadata = {"labels": selector(name), "annotations": {CHECKSUM: checks}}
    template = {
        "metadata": metadata,
        "spec": pods.spec(name, [sink], mounts, terminationGracePeriodSeconds=STOP),
    }
    return {"replicas": 1, "selector": {"matchLabels": selector(name)}, "template": template}
