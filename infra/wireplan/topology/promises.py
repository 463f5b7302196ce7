"""What a system promises that a drill can show, and on what each promise stands."""

from collections.abc import Iterator, Mapping

from wireplan.records import dataclass
from wireplan.topology import fallbacks
from wireplan.topology.types import Path, Saga, Service, Topology


@dataclass(frozen=True, slots=True)
class Promise:
    """What a system promises of a part of it: where, in words, and the parts on which it stands."""

    path: Path
    said: str
    stands_on: frozenset[str]

    @property
    def name(self) -> str:
        """As a drill names it."""
        return ".".join(str(step) for step in self.path)


def promises(topology: Topology) -> Mapping[str, Promise]:
    """Everything that is promised, by name: acknowledged records and writes that stay, sagas that end, answers without a callee."""
    return {each.name: each for of in (of_topics, of_databases, of_sagas, of_calls) for each in of(topology)}


def of_topics(topology: Topology) -> Iterator[Promise]:
    """Durable topics, those of retries and dead letters aside: no acknowledged record is lost on its way from who writes it to who reads it."""
    users: dict[str, set[str]] = {}
    for service in topology.services.values():
        for topic in (*service.publishes, *service.consumes):
            users.setdefault(topic, {"kafka"}).update(within(service))
    for topic in topology.topics.values():
        if topic.durable and not topic.aside:
            yield Promise(
                ("topics", topic.name),
                f'that no record of topic "{topic.name}" is lost',
                frozenset(users.get(topic.name, {"kafka"})),
            )


def of_databases(topology: Topology) -> Iterator[Promise]:
    """Clusters with an rpo of none."""
    for cluster in topology.databases.values():
        if cluster.rpo == 0:
            path = ("databases", cluster.name)
            said = f'that no acknowledged write of database "{cluster.name}" is lost'
            yield Promise(path, said, frozenset({f"databases.{cluster.name}"}))


def of_sagas(topology: Topology) -> Iterator[Promise]:
    """Sagas: done once, or undone."""
    for saga in topology.sagas.values():
        said = f'that saga "{saga.name}" ends, done or undone'
        yield Promise(("sagas", saga.name), said, frozenset(asked(topology, saga)))


def of_calls(topology: Topology) -> Iterator[Promise]:
    """Calls that their caller can do without, since something is answered instead."""
    for service in topology.services.values():
        for call in service.calls.values():
            if fallbacks.instead(topology, call):
                yield Promise(
                    ("services", service.name, "calls", call.callee),
                    f'that "{service.name}" answers without "{call.callee}"',
                    frozenset(within(topology.services[call.callee])),
                )


def asked(topology: Topology, saga: Saga) -> Iterator[str]:
    """The parts that a saga comes by: its owner, who it calls, and the brokers where it sends."""
    yield from within(topology.services[saga.owner])
    for step in saga.steps:
        for target in (step.call, step.undo_call):
            if target:
                yield from within(topology.services[target.partition(".")[0]])
        for topic in (step.send, step.awaits, step.undo_send):
            if topic:
                yield "kafka"
                yield from (
                    part
                    for service in topology.services.values()
                    if topic in service.consumes or topic in service.publishes
                    for part in within(service)
                )


def within(service: Service) -> Iterator[str]:
    """A service, and the database that it owns."""
    yield f"services.{service.name}"
    if service.database:
        yield f"databases.{service.database.cluster}"
