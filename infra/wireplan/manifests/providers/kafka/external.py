"""Kafka that somebody else runs: nothing to make but the topics, by our Job over the bootstrap address."""

from collections.abc import Iterator, Mapping

from wireplan.manifests.thing import Object, Plan
from wireplan.topology.types import Topology

TOPICS_BY_JOB = True


def broker_pods(topology: Topology) -> Mapping[str, str] | None:
    """Not in the namespace."""
    del topology


def objects(plan: Plan) -> Iterator[Object]:
    """None."""
    del plan
    yield from ()
