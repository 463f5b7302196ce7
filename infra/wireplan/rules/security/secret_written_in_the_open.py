"""A secret's value in the topology file.

What: a value in a service's environment, in a database parameter, in an address or in a patch is a password, key or token.
Why: the file is in version control, and the value goes on into ConfigMaps, pod specs, rendered manifests, Pulumi's state and pull-request comments, all in
plain text. Whoever may read one of them has the secret, and it has to be replaced everywhere at once.
Fix: name the secret instead of writing it (secrets: [NAME]); the value stays in a Kubernetes Secret or your secret manager.
Source: pulumi.com/docs/concepts/secrets (state holds plain inputs in the clear); kube-linter read-secret-from-env-var.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from wireplan.findings import Severity
from wireplan.rules.check import Fault, rule
from wireplan.secrecy import kind
from wireplan.topology.types import Path, Topology


@rule("SEC003", Severity.ERROR)
def secret_written_in_the_open(topology: Topology) -> Iterator[Fault]:
    """Free text of the topology, by its name and by its shape."""
    for path, value in texts(topology):
        if found := kind(str(path[-1]), value):
            yield written(path, found)
    for index, patch in enumerate(topology.patches):
        inside = "data of a Secret" if patch.get("kind") == "Secret" else ""
        for path, value, said in leaves(patch["merge"], ("patches", index, "merge"), inside):
            if found := said or kind(str(path[-1]), value):
                yield written(path, found)


def texts(topology: Topology) -> Iterator[tuple[Path, str]]:
    """Every text that a person may write freely, with its path."""
    for service in topology.services.values():
        for name, value in service.environment.items():
            yield ("services", service.name, "environment", name), value
    for cluster in topology.databases.values():
        for name, value in cluster.parameters.items():
            yield ("databases", cluster.name, "parameters", name), value
    for external in topology.externals.values():
        yield ("externals", external.name, "url"), external.url
    if topology.environment.collector:
        yield ("environment", "collector"), topology.environment.collector
    if topology.object_store:
        yield ("object_store", "endpoint"), topology.object_store.endpoint


def leaves(value: Any, path: Path, of: str = "") -> Iterator[tuple[Path, str, str]]:
    """Every text in a patch: its path, itself, and what kind of secret it is by where it stands, if it is one.

    `of` is said of all that stands under `data` or `stringData`: the patch is one of a Secret.
    """
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        if kind(str(fields.get("name", "")), str(fields.get("value", ""))):
            yield (*path, "value"), str(fields["value"]), f"the value of {fields['name']}"
        for key, item in fields.items():
            yield from leaves(item, (*path, key), of)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, item in enumerate(cast("Sequence[Any]", value)):
            yield from leaves(item, (*path, index), of)
    elif isinstance(value, str):
        yield path, value, of if {"data", "stringData"} & set(path) else ""


def written(path: Path, what: str) -> Fault:
    """The finding, which does not repeat the value."""
    name = ".".join(str(part) for part in path)
    return Fault(
        path=path,
        what=f"{name} is {what}, written in the open",
        why="It would be in version control, in the rendered manifests, in Pulumi's state and in every preview.",
        fix="name it under secrets: and keep the value in a Kubernetes Secret; replace this one, for it has been seen",
        secret=True,
    )
