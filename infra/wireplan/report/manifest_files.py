"""The objects as files for GitOps: one a component, numbered in the order of applying."""

from collections.abc import Iterable

from wireplan.manifests import objects as all_objects
from wireplan.manifests.thing import Component, Object
from wireplan.report import yaml_text

# Kinds of component of which there is one: its name would add nothing to the file's.
SINGLE = frozenset({"namespace", "network", "kafka", "topics", "objects", "buckets", "monitoring"})


def files(objects: Iterable[Object], environment: str) -> dict[str, str]:
    """File names and their texts, in the order of applying. No object is kept once it is text, and nothing before the last is done."""
    components: dict[Component, list[str]] = {}
    first = head(environment)
    for one in objects:
        components.setdefault(one.component, [first]).extend((yaml_text.BEGIN, yaml_text.document(one.body)))
    ranks = all_objects.ranks()
    named = {file_name(component, ranks[component[0]]): component for component in components}
    return {name: "".join(components.pop(named[name])) for name in sorted(named)}


def file_name(component: Component, rank: int) -> str:
    """For example `60-service-upload.yaml`."""
    kind, name = component
    return f"{rank:02}-{kind}.yaml" if kind in SINGLE else f"{rank:02}-{kind}-{name}.yaml"


def head(environment: str) -> str:
    """The first line of each file."""
    return f"# Written by wireplan render --env {environment}; edit the topology instead.\n"
