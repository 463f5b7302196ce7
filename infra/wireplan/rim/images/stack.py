"""The images of one stack, written down where the program that makes its objects reads them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wireplan.rim import files, talk
from wireplan.rim import sources as topologies
from wireplan.rim.images import build, docker, jobs, push, recipes, workspace
from wireplan.rim.images.layout import Held, Layout
from wireplan.rim.images.names import parse
from wireplan.rim.images.workspace import NO_GROUPS, Groups
from wireplan.topology.types import Topology

TOOLS = "tools"  # the Jobs' image stands beside the services
GRAPHQL = "graphql"  # the dependency group, as the template of the workspace has it


@dataclass(frozen=True)
class Wanted:
    """What is to be built: system images by key, services and the Jobs' image by name."""

    system: tuple[str, ...]
    services: tuple[str, ...]


def wanted(names: Iterable[str], known: Iterable[str]) -> Wanted:
    """Sort `names` into system images and services; no names means all of both.

    Raises:
        Trouble: a name is neither.
    """
    given, own = list(names), [*known, TOOLS]
    if not given:
        return Wanted(tuple(recipes.RECIPES), tuple(own))
    services = tuple(name for name in given if name in own)
    return Wanted(tuple(recipes.recipe(name, own).key for name in given if name not in own), services)


def fresh(layout: Layout, what: Wanted) -> None:
    """Let the wanted system images be made anew."""
    for key in what.system:
        build.forget(layout, recipes.recipe(key))


def groups(topology: Topology) -> Groups:
    """What services need in this environment beyond what they need in all (spec row P4)."""
    return {name: (GRAPHQL,) for name, service in topology.services.items() if service.graphql}


def groups_beside(folder: Path, stack: str) -> Groups:
    """The same for the topology in a folder; nothing where there is none.

    Raises:
        Faulty: it has faults.
    """
    file = topologies.topology_file(folder)
    if not file.is_file():
        return {}
    known = stack in topologies.environments(file)
    return groups(topologies.topology(file, stack if known else None))


def built(
    layout: Layout, what: Wanted, sources: Path, system: str, needed: Groups = NO_GROUPS
) -> tuple[list[Held], dict[str, Held]]:
    """Have all that is wanted; the system images, and the services' by name, each with the groups that it needs."""
    ground = [build.image(layout, recipes.recipe(key)) for key in what.system]
    names = [name for name in what.services if name != TOOLS]
    own = workspace.build_services(layout, sources, system, names, needed)
    held = {name: by_reference(layout, reference) for name, reference in own.items()}
    return ground, held | ({TOOLS: jobs.tools(layout)} if TOOLS in what.services else {})


def by_reference(layout: Layout, reference: str) -> Held:
    """The image in the index that a `name:tag@digest` means."""
    return layout.names()[parse(reference).tagged]


def references(
    layout: Layout, held: Mapping[str, Held], registry: str = "", *, insecure: bool = False
) -> dict[str, str]:
    """What pods are to be given: our own names, or after a push to `registry` the names there."""
    if not registry:
        return {name: image.reference for name, image in held.items()}
    remote = push.remote(registry, insecure=insecure)
    pushed: dict[str, str] = {}
    for name, image in held.items():
        with talk.step(f"push {name} to {registry}"):
            pushed[name] = remote.push(layout, image)
    return pushed


def load(layout: Layout, images: Iterable[Held]) -> None:
    """Give images to the Docker engine."""
    with talk.step("load into Docker"):
        docker.load(layout, list(images))


def note(folder: Path, stack: str, images: Mapping[str, str]) -> Path:
    """Write `images.<stack>.json`; images of an earlier run that were not built now stay in it."""
    path = folder / f"images.{stack}.json"
    before: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
    files.write(path, json.dumps({**before, **images}, indent=2, sort_keys=True) + "\n")
    return path
