"""Labels: who an object belongs to, and how pods are selected (spec rows A2, A3)."""

import re

from wireplan.topology.types import Topology

PREFIX = "app.kubernetes.io/"
MANAGER = "wireplan"
OWN = "wireplan.dev/"
VERSION_LIMIT = 63  # of a label value


def selector(topology: Topology, name: str) -> dict[str, str]:
    """The labels that select the pods of `name`; they never change, since a workload's selector cannot."""
    return {f"{PREFIX}name": name, f"{PREFIX}instance": topology.system}


def of(topology: Topology, name: str, component: str, version: str = "") -> dict[str, str]:
    """All recommended labels of an object that belongs to `name`."""
    labels = {
        **selector(topology, name),
        f"{PREFIX}component": component,
        f"{PREFIX}part-of": topology.system,
        f"{PREFIX}managed-by": MANAGER,
    }
    if version:
        labels[f"{PREFIX}version"] = version
    return labels


def version(image: str) -> str:
    """The tag of an image reference, in the characters that a label may have; empty where it has none."""
    name = image.split("@", 1)[0].rsplit("/", 1)[-1]
    tag = name.partition(":")[2]
    return re.sub(r"[^A-Za-z0-9_.-]", "-", tag)[:VERSION_LIMIT].strip("-_.")
