"""Kafka: `builtin` (an own StatefulSet, what CI proves), `strimzi` (clusters with the operator), `external`."""

from collections.abc import Iterator, Mapping
from typing import Protocol, cast

from wireplan.manifests import providers
from wireplan.manifests.thing import Object, Plan
from wireplan.topology.types import Topology


class KafkaProvider(Protocol):
    """What a provider of Kafka answers."""

    TOPICS_BY_JOB: bool  # whether topics are made by our Job; else the provider makes them

    def broker_pods(self, topology: Topology) -> Mapping[str, str] | None:
        """Labels of the broker pods; None where they are not in the namespace."""
        ...

    def objects(self, plan: Plan) -> Iterator[Object]:
        """The cluster, and where it makes them itself, topics and users."""
        ...


def provider(topology: Topology) -> KafkaProvider:
    """The provider that the environment chose."""
    name = topology.kafka.provider if topology.kafka else topology.environment.kafka_provider
    return cast("KafkaProvider", providers.chosen("kafka", name))
