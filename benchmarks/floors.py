"""The floors: the least that each kind of work can cost in Python, each run as a process of its own.

    python benchmarks/floors.py NAME FILE_OR_NUMBER [FOLDER]

parse     CSafeLoader alone
model     CSafeLoader and a small Pydantic model of the same file
dicts     the objects of N services as plain dicts, printed by a block-YAML writer
jinja     12 short files a service rendered by Jinja and written
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILES_A_SERVICE = 12


def parse(file: str) -> Any:
    """Read the file with libyaml, no positions, no checks."""
    import yaml

    return yaml.load(Path(file).read_text(), Loader=yaml.CSafeLoader)


def model(file: str) -> None:
    """Read the file, and check its shape with Pydantic."""
    from pydantic import BaseModel, ConfigDict, Field

    class Part(BaseModel):
        model_config = ConfigDict(extra="forbid")

    class Retry(Part):
        attempts: int

    class Call(Part):
        deadline: str
        retry: Retry

    class Handler(Part):
        timeout: str

    class Consumption(Part):
        group: str
        handler: Handler

    class Resources(Part):
        cpu: str
        memory: str

    class Service(Part):
        serves: str
        replicas: str
        resources: Resources
        calls: dict[str, Call] = Field(default_factory=dict)
        publishes: list[str] = Field(default_factory=list)
        consumes: dict[str, Consumption] = Field(default_factory=dict)

    class Topic(Part):
        pattern: str
        message: str
        key: str

    class Contracts(Part):
        protos: str

    class Kafka(Part):
        brokers: int

    class System(Part):
        wireplan: int
        system: str
        contracts: Contracts
        services: dict[str, Service]
        topics: dict[str, Topic] = Field(default_factory=dict)
        kafka: Kafka

    System.model_validate(parse(file))


def dicts(services: str) -> None:
    """Build the objects and print them as YAML."""
    out = sys.stdout
    for index in range(int(services)):
        for each in _objects(f"s{index:05}"):
            out.write("---\n")
            out.writelines(_block(each, ""))


def jinja(services: str, folder: str) -> None:
    """Render 12 files a service and write them."""
    import jinja2

    text = Path(__file__).with_name("floor.py.jinja").read_text()
    table = {f"f{n}.py.jinja": text.replace("NUMBER", str(n)) for n in range(FILES_A_SERVICE)}
    engine = jinja2.Environment(
        loader=jinja2.DictLoader(table),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for index in range(int(services)):
        name = f"s{index:05}"
        values = {
            "service": name,
            "package": f"bench_{name}",
            "calls": [f"s{index + n:05}" for n in range(3)],
        }
        target = Path(folder, name)
        target.mkdir(parents=True)
        for n in range(FILES_A_SERVICE):
            (target / f"f{n}.py").write_text(engine.get_template(f"f{n}.py.jinja").render(values))


def _objects(name: str) -> Iterator[dict[str, Any]]:
    labels = {
        f"app.kubernetes.io/{key}": name for key in ("name", "instance", "component", "part-of", "managed-by")
    }
    meta = {"name": name, "namespace": "bench", "labels": labels}
    probe = {
        "httpGet": {"path": "/ready", "port": "ops"},
        "periodSeconds": 5,
        "timeoutSeconds": 2,
        "failureThreshold": 3,
    }
    container = {
        "name": name,
        "image": f"wireplan.local/bench/{name}:latest",
        "ports": [{"name": "grpc", "containerPort": 50051}, {"name": "ops", "containerPort": 9000}],
        "env": [{"name": key, "valueFrom": {"fieldRef": {"fieldPath": key}}} for key in ("a", "b", "c")],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "128Mi"}},
        "startupProbe": probe,
        "readinessProbe": probe,
        "livenessProbe": probe,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "wiring", "mountPath": "/etc/wireplan"}],
    }
    pod = {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 30,
        "containers": [container],
        "volumes": [{"name": "wiring", "configMap": {"name": f"{name}-wiring"}}],
    }
    select = {"matchLabels": {"app.kubernetes.io/name": name}}
    ports = [{"name": "grpc", "port": 50051}, {"name": "ops", "port": 9000}]
    spec: dict[str, dict[str, Any]] = {
        "Deployment": {"selector": select, "template": {"metadata": {"labels": labels}, "spec": pod}},
        "Service": {"clusterIP": "None", "selector": select["matchLabels"], "ports": ports},
        "PodDisruptionBudget": {"maxUnavailable": 1, "selector": select},
        "HorizontalPodAutoscaler": {
            "minReplicas": 2,
            "maxReplicas": 6,
            "scaleTargetRef": {"kind": "Deployment", "name": name},
        },
        "NetworkPolicy": {
            "podSelector": select,
            "ingress": [{"from": [{"podSelector": select}], "ports": ports}],
        },
    }
    for kind, content in spec.items():
        yield {"apiVersion": "v1", "kind": kind, "metadata": meta, "spec": content}
    yield {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": meta,
        "automountServiceAccountToken": False,
    }
    yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"wiring.json": str(container)}}


def _block(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _entry(f"{indent}{key}:", inner, indent + "  ")
    else:
        for inner in value:
            yield from _entry(f"{indent}-", inner, indent + "  ")


def _entry(head: str, inner: Any, indent: str) -> Iterator[str]:
    if isinstance(inner, dict | list) and inner:
        yield head + "\n"
        yield from _block(inner, indent)
    else:
        yield f"{head} {_scalar(inner)}\n"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


if __name__ == "__main__":
    works = {"parse": parse, "model": model, "dicts": dicts, "jinja": jinja}
    works[sys.argv[1]](*sys.argv[2:])
