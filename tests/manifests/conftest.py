"""The reference system's objects in each of its environments."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from wireplan.manifests.objects import objects
from wireplan.manifests.thing import Object
from wireplan.rim import sources
from wireplan.topology.types import Topology

TUBE = Path(__file__).resolve().parents[2] / "stacks" / "tube" / "topology.yaml"
ENVIRONMENTS = ("local", "staging", "prod")


@cache
def resolved(environment: str) -> Topology:
    """The Topology of tube."""
    return sources.topology(TUBE, environment)


def images(topology: Topology) -> dict[str, str]:
    """Image references that do not change with the services' code."""
    return {name: f"registry.example/{topology.system}/{name}:1.0" for name in (*topology.services, "tools")}


@cache
def made(environment: str) -> Sequence[Object]:
    """All objects of tube."""
    topology = resolved(environment)
    return objects(topology, images(topology))


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    """Each environment of tube in turn."""
    return str(request.param)


@pytest.fixture
def topology(environment: str) -> Topology:
    """The Topology of tube in the environment."""
    return resolved(environment)


@pytest.fixture
def everything(environment: str) -> Sequence[Object]:
    """All objects of tube in the environment."""
    return made(environment)
