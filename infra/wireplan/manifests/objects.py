"""All objects of a system: the one function that render, goldens, schema checks, the change report and Pulumi call."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from wireplan import manifests, registry
from wireplan.manifests import patches, traffic
from wireplan.manifests.thing import Images, Object, Plan, Thing
from wireplan.topology.types import Topology


def objects(topology: Topology, images: Images) -> tuple[Object, ...]:
    """Every object in the order of applying; the same input gives the same objects, byte for byte.

    Raises:
        ImpossibleError: as `each`.
    """
    return tuple(each(topology, images))


def each(topology: Topology, images: Images) -> Iterator[Object]:
    """The same one by one, made when asked for: who keeps none of them needs no memory for all.

    Raises:
        ImpossibleError: a provider cannot make what is asked, or a patch cannot be meant. One that meets no object is told after
            the last one: until then nothing may be made of them that cannot be thrown away.
    """
    plan = Plan(topology, images, traffic.by_end(topology))
    return patches.apply((found for thing in things() for found in thing.make(plan)), topology)


def things() -> list[Thing]:
    """What this room can make, in the order of applying."""
    return sorted(
        registry.keyed(manifests, Thing, "name").values(), key=lambda thing: (thing.rank, thing.name)
    )


def ranks() -> Mapping[str, int]:
    """The place of each component's kind in the order of applying."""
    return {thing.name: thing.rank for thing in things()}


def bodies(made: tuple[Object, ...]) -> list[dict[str, Any]]:
    """The plain objects alone; copies, so that a caller may change them."""
    return [copy.deepcopy(one.body) for one in made]
