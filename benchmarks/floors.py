"""The floors: the least that each kind of work can cost in Python, each run as a process of its own.

    python benchmarks/floors.py NAME FILE_OR_NUMBER [FOLDER]

parse     CSafeLoader alone
model     CSafeLoader and a small Pydantic model of the same file
dicts     the objects of N services as plain dicts, printed by a block-YAML writer
copier    the same by Copier
jinja     the files of scaffold rendered by Jinja and written, from a job that same_files.py made
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


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


def jinja(job: str, folder: str) -> None:
    """Render with Jinja what scaffold renders, and write it."""
    import json

    import jinja2

    work = json.loads(Path(job).read_text())
    engine = jinja2.Environment(
        loader=jinja2.DictLoader(work["templates"]),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
    )
    for name, service, path in work["files"]:
        text = work["templates"][name]
        if name.endswith(".jinja"):
            values = {"system": work["system"], "service": work["services"].get(service)}
            text = engine.get_template(name).render(values)
        target = Path(folder) / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def copier(job: str, folder: str) -> None:
    """Render the same with Copier, a run for each template and service; needs an environment that has it."""
    import json

    from copier import run_copy

    work = json.loads(Path(job).read_text())
    templates = Path(__file__).resolve().parent.parent / "service_templates"
    for template, service in sorted({(name.split("/", 1)[0], service) for name, service, _ in work["files"]}):
        values = {"system": work["system"], "service": work["services"].get(service) or {}}
        words = {
            "platform": work["system"]["platform"],
            **{key: values["service"].get(key) for key in ("package", "module")},
        }
        target = Path(folder, service or template)
        run_copy(
            str(templates / template / "files"), target, data={**values, **words}, quiet=True, overwrite=True
        )


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
    works = {"parse": parse, "model": model, "dicts": dicts, "jinja": jinja, "copier": copier}
    works[sys.argv[1]](*sys.argv[2:])
