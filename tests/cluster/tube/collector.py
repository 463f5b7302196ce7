"""A backend for traces that is one pod: it takes OTLP over HTTP, keeps spans in memory, and says which it has.

It runs in the image of a service, whose exporter brings the messages of OTLP along.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.cluster.tube.inside import answer
from tests.cluster.tube.kube import Kube, Object, names, uids
from tests.cluster.tube.wait import eventually

NAME, PORT = "collector", 4318
LABELS = {"app.kubernetes.io/name": NAME}

SERVE = """
import http.server as h, json
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest as Export
kept = []
def value(found):
    return getattr(found, found.WhichOneof('value') or 'string_value')
class Answer(h.BaseHTTPRequestHandler):
    def do_POST(self):
        sent = Export.FromString(self.rfile.read(int(self.headers['content-length'])))
        for resource in sent.resource_spans:
            about = {each.key: value(each.value) for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    kept.append({'service': about['service.name'], 'name': span.name, 'trace': span.trace_id.hex(),
                        'id': span.span_id.hex(), 'parent': span.parent_span_id.hex(), 'failed': span.status.code == 2,
                        'attributes': {each.key: value(each.value) for each in span.attributes}})
        self.send_response(200)
        self.end_headers()
    def do_GET(self):
        body = json.dumps(kept).encode()
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_request(self, code='-', size='-'):
        pass
h.ThreadingHTTPServer(('0.0.0.0', PORT), Answer).serve_forever()
""".replace("PORT", str(PORT))


@dataclass(frozen=True)
class Span:
    """A span as it came."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    failed: bool
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Collector:
    """The running pod."""

    kube: Kube

    def spans(self) -> list[Span]:
        """All that has come so far."""
        return [Span(**each) for each in json.loads(answer(self.kube, NAME, PORT)[1])]


@contextmanager
def running(kube: Kube, services: Sequence[str]) -> Iterator[Collector]:
    """The pod, and the services with a wiring that names it; afterwards everything becomes what it was, and nobody waits for it."""
    image = kube.ready_pods("gateway")[0]["spec"]["containers"][0]["image"]
    objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*manifests(kube.namespace, image)]})
    kube.run("apply", "--filename=-", stdin=objects)
    try:
        kube.run("wait", f"pod/{NAME}", "--for=condition=Ready", "--timeout=120s", timeout=130)
        with ExitStack() as changes:
            deployments = [each for each in kube.get("deployments") if each["metadata"]["name"] in services]
            for deployment in deployments:
                changes.enter_context(alone(kube, deployment))
            for service in services:
                changes.enter_context(told(kube, service))
            restarted(kube, services)
            yield Collector(kube)
            followed = names([pod for service in services for pod in kube.pods(service)])
        kube.end(followed)
    finally:
        kube.run("delete", "--filename=-", "--ignore-not-found", "--wait=false", stdin=objects)


@contextmanager
def alone(kube: Kube, deployment: Object) -> Iterator[None]:
    """One pod of it, whatever it has: all have to be new ones, and one each shows the way as well."""
    name, before = deployment["metadata"]["name"], deployment["spec"]["replicas"]
    with kube.changed("deployment", name, {"spec": {"replicas": 1}}, {"spec": {"replicas": before}}):
        eventually(lambda: kube.get("deployment", name)["status"].get("replicas") == 1, f"{name} is one pod")
        yield


@contextmanager
def told(kube: Kube, service: str) -> Iterator[None]:
    """A service's wiring as `environment: {collector: ...}` makes it."""
    name, key = f"{service}-wiring", "wiring.json"
    before = kube.get("configmap", name)["data"][key]
    wiring = json.loads(before)
    wiring["telemetry"]["otlp_endpoint"] = f"http://{NAME}.{kube.namespace}.svc.cluster.local:{PORT}"
    with kube.changed("configmap", name, {"data": {key: json.dumps(wiring)}}, {"data": {key: before}}):
        yield


def restarted(kube: Kube, services: Sequence[str]) -> None:
    """New pods of all of them, which have read their wiring again. Whoever came before need not have waited for pods of his."""
    workloads = [*kube.get("deployments"), *kube.get("statefulsets")]
    wanted = {each["metadata"]["name"]: each["spec"]["replicas"] for each in workloads}
    pods = [pod for service in services for pod in kube.pods(service)]
    gone = {*uids(pods)}
    kube.end(names(pods))

    def back() -> bool:
        now = {service: uids(kube.ready_pods(service)) for service in services}
        return all(len(now[each]) == wanted[each] and not gone & {*now[each]} for each in services)

    eventually(back, "all services are back with new pods", 300, every=1)


def manifests(namespace: str, image: str) -> Iterator[Object]:
    """The pod, its name, and the two holes in a network that is closed."""
    confined = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {
        "name": NAME,
        "image": image,
        "command": ["python3", "-c", SERVE],
        "ports": [{"containerPort": PORT}],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": {**confined, "readOnlyRootFilesystem": True},
    }
    nobody = {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}}
    pod = {"containers": [container], "securityContext": nobody, "automountServiceAccountToken": False}
    own = {"matchLabels": LABELS}
    system = {"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "tube"}}}
    ports = [{"protocol": "TCP", "port": PORT}]
    metadata = {"namespace": namespace, "labels": LABELS}
    yield {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME, **metadata}, "spec": pod}
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME, **metadata},
        "spec": {"selector": LABELS, "ports": [{"port": PORT}]},
    }
    for name, spec in (
        ("collector-in", {"podSelector": own, "policyTypes": ["Ingress"], "ingress": [{"from": [system], "ports": ports}]}),
        ("collector-out", {**system, "policyTypes": ["Egress"], "egress": [{"to": [{"podSelector": own}], "ports": ports}]}),
    ):  # fmt: skip
        kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
        yield {**kind, "metadata": {"name": name, **metadata}, "spec": spec}
