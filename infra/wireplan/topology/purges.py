"""What makes sure that a purge of an edge's cache is done: work that comes again until it is."""

from collections.abc import Iterator

from wireplan.topology.types import Saga, Topology


def repeated(topology: Topology, service: str) -> tuple[str, ...]:
    """What brings a service its work again when it failed: its groups, which read a record until it is handled, and sagas that come to it."""
    groups = (f"group {group.group}" for group in topology.services[service].consumes.values())
    sagas = (f"saga {saga.name}" for saga in topology.sagas.values() if service in reached(saga))
    return (*groups, *sagas)


def reached(saga: Saga) -> Iterator[str]:
    """The services that a saga calls, and its owner."""
    yield saga.owner
    for step in saga.steps:
        yield from (call.partition(".")[0] for call in (step.call, step.undo_call) if call)
