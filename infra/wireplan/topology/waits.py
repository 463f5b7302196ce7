"""Who waits for a service, and how long: its callers, the edges that lead to it, its own handlers of records."""

from collections.abc import Iterable, Iterator
from enum import Enum

from wireplan.records import dataclass
from wireplan.topology import index
from wireplan.topology.types import Call, Consumption, Edge, Path, Service, Topology


class By(Enum):
    """What waits, as it is called before its name."""

    CALL = ""
    EDGE = "edge "
    HANDLER = "the handler of "


@dataclass(frozen=True, slots=True)
class Wait:
    """Someone who waits: the name of the caller, edge or topic, where the time is written, seconds; and the call, where it is one."""

    by: By
    name: str
    path: Path
    seconds: float
    call: Call | None = None

    @property
    def who(self) -> str:
        """In words: `gateway`, `edge public`."""
        return f"{self.by.value}{self.name}"

    @property
    def quoted(self) -> str:
        """As rules say it: `edge "public"`."""
        return f'{self.by.value}"{self.name}"'

    @property
    def work(self) -> str:
        """What a pod may be in the middle of for it: `request of edge public`."""
        return f"{WORK[self.by]} {self.name}"


WORK = {By.CALL: "call of", By.EDGE: "request of edge", By.HANDLER: "handler of"}


def of_call(call: Call) -> Wait:
    """A caller, until its deadline."""
    path = ("services", call.caller, "calls", call.callee, "deadline")
    return Wait(By.CALL, call.caller, path, call.deadline, call)


def of_edge(edge: Edge) -> Wait:
    """An edge, as long as its requests may take."""
    return Wait(By.EDGE, edge.name, ("edges", edge.name, "budget"), edge.budget)


def of_group(group: Consumption) -> Wait:
    """A handler, until its timeout."""
    path = ("services", group.service, "consumes", group.topic, "handler_timeout")
    return Wait(By.HANDLER, group.topic, path, group.handler_timeout)


def waits(topology: Topology, service: Service, calls: Iterable[Call] | None = None) -> Iterator[Wait]:
    """Everyone who waits for `service`; of its callers those of `calls` alone, where they are given."""
    yield from map(of_call, index.callers(topology).get(service.name, ()) if calls is None else calls)
    yield from map(of_edge, index.entries(topology).get(service.name, ()))
    yield from map(of_group, service.consumes.values())
