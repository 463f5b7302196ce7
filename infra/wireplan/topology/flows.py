"""Work that no request waits for: consumer groups, sagas, backups. What each is, and how it catches up after it has stood still."""

from collections.abc import Iterator, Mapping

from wireplan.model.units import duration_text, size_text
from wireplan.records import dataclass
from wireplan.topology.needs import flow_id
from wireplan.topology.types import Saga, Service, Topology


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow by its id. `kind` is consume, saga or backup."""

    id: str
    kind: str
    catches_up: str


def flows(topology: Topology) -> Mapping[str, Flow]:
    """Every flow by its id, in the order of the file."""
    found = (*groups(topology), *sagas(topology), *backups(topology))
    return {flow.id: flow for flow in found}


def groups(topology: Topology) -> Iterator[Flow]:
    """Consumer groups: their records wait as long as the topic keeps them."""
    for service in topology.services.values():
        for group in service.consumes.values():
            kept = duration_text(topology.topics[group.topic].retention)
            said = f"records wait in topic {group.topic}, which keeps them {kept}"
            yield Flow(flow_id(group), "consume", said)


def sagas(topology: Topology) -> Iterator[Flow]:
    """Sagas: as far as their owner remembers them."""
    for saga in topology.sagas.values():
        yield Flow(f"sagas.{saga.name}", "saga", remembered(saga, topology.services[saga.owner]))


def remembered(saga: Saga, owner: Service) -> str:
    """Where a saga is written down, and when it turns back."""
    if owner.database is None:
        return f"nobody remembers it: {owner.name} has no database (SAG003)"
    return f"its steps are in database {owner.database.name}; before its pivot it turns back after {duration_text(saga.timeout)}, then it goes on"


def backups(topology: Topology) -> Iterator[Flow]:
    """Backups: what is not archived stays on the members' disks."""
    for name, cluster in topology.databases.items():
        if cluster.backup:
            yield Flow(
                f"databases.{name}.backup",
                "backup",
                f"the write-ahead log waits on the members' disks ({size_text(cluster.volume.size)})",
            )
