"""The systems of examples/, which were not made for Wireplan, in each of their environments."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from wireplan.findings import Severity
from wireplan.manifests.objects import objects
from wireplan.manifests.thing import Object
from wireplan.report.run import Run
from wireplan.rim import sources, validation
from wireplan.topology.types import Topology

from tests.examples.table import Row
from tests.manifests.conftest import images

ROOT = Path(__file__).resolve().parents[2] / "examples"
EXAMPLES = sorted(path.parent for path in ROOT.glob("*/topology.yaml"))
ENVIRONMENTS = [
    (folder, name) for folder in EXAMPLES for name in sources.environments(folder / "topology.yaml")
]


@cache
def run(example: Path) -> Run:
    """What validate says of an example, in all its environments."""
    return validation.validate(example / "topology.yaml")


@cache
def resolved(example: Path, environment: str) -> Topology:
    """The Topology of an example."""
    return sources.topology(example / "topology.yaml", environment)


@cache
def made(example: Path, environment: str) -> Sequence[Object]:
    """All objects of an example, with images that each service would have."""
    topology = resolved(example, environment)
    return objects(topology, images(topology))


def found(example: Path) -> list[Row]:
    """The findings of an example as its README has them, the worst of one place first."""
    return [
        Row(
            f"{seen.finding.code} {seen.finding.severity.value}",
            ", ".join(sorted(seen.environments)),
            seen.finding.what,
        )
        for seen in run(example).seen()
    ]


def errors(example: Path, environment: str) -> set[str]:
    """The codes of the errors that an example has in an environment."""
    one = next(each for each in run(example).checked if each.environment == environment)
    return {finding.code for finding in one.findings if finding.severity is Severity.ERROR}


@pytest.fixture(params=EXAMPLES, ids=lambda folder: folder.name)
def example(request: pytest.FixtureRequest) -> Path:
    """Each example in turn."""
    folder: Path = request.param
    return folder


@pytest.fixture(params=ENVIRONMENTS, ids=lambda each: f"{each[0].name}-{each[1]}")
def somewhere(request: pytest.FixtureRequest) -> tuple[Path, str]:
    """Each environment of each example in turn."""
    each: tuple[Path, str] = request.param
    return each
