"""Uses by what is used, each made in one walk: asking every service for its callers one by one would be quadratic."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from wireplan.topology.kept import kept
from wireplan.topology.types import Call, Consumption, Edge, Publication, Topology

K = TypeVar("K")
T = TypeVar("T")


@kept
def callers(topology: Topology) -> Mapping[str, tuple[Call, ...]]:
    """The calls to each service that has any, by callee."""
    return grouped(
        (call.callee, call) for service in topology.services.values() for call in service.calls.values()
    )


@kept
def grpc_callers(topology: Topology) -> Mapping[str, tuple[Call, ...]]:
    """The gRPC calls to each service that has any, by callee: those to which gRPC's own ways with connections apply."""
    return grouped(
        (call.callee, call)
        for service in topology.services.values()
        for call in service.calls.values()
        if call.protocol == "grpc"
    )


@kept
def consumers(topology: Topology) -> Mapping[str, tuple[Consumption, ...]]:
    """The consumer groups of each topic that has any."""
    return grouped(
        (consumption.topic, consumption)
        for service in topology.services.values()
        for consumption in service.consumes.values()
    )


@kept
def producers(topology: Topology) -> Mapping[str, tuple[Publication, ...]]:
    """The publications of each topic that has any."""
    return grouped(
        (publication.topic, publication)
        for service in topology.services.values()
        for publication in service.publishes.values()
    )


@kept
def entries(topology: Topology) -> Mapping[str, tuple[Edge, ...]]:
    """The edges that lead to each service that any leads to, each edge once."""
    return grouped(
        (name, edge) for edge in topology.edges.values() for name in {route.to: None for route in edge.routes}
    )


def grouped(pairs: Iterable[tuple[K, T]]) -> Mapping[K, tuple[T, ...]]:
    """Values by key, in their order."""
    table: dict[K, list[T]] = {}
    for key, value in pairs:
        table.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in table.items()}
