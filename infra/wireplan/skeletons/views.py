"""What the templates see of a topology: every choice made, every name spelled, so that templates hold no logic about a system."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from wireplan.skeletons import names
from wireplan.topology.types import Call, Consumption, Publication, Service, ServiceKind, Topology


@dataclass(frozen=True, slots=True)
class MethodView:
    """A method of a contract; `request` and `response` are Python expressions of the message classes."""

    name: str
    function: str
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class ContractView:
    """A gRPC service: `package` and `module` say where its generated code is, `name` what it is called in there."""

    full_name: str
    name: str
    package: str
    module: str
    methods: tuple[MethodView, ...]


@dataclass(frozen=True, slots=True)
class CallView:
    """A call to another service."""

    callee: str
    contract: ContractView | None
    deadline: float
    critical: bool


@dataclass(frozen=True, slots=True)
class ConsumptionView:
    """A topic that a service reads: its message class, and the module its handler is in."""

    topic: str
    group: str
    module: str
    function: str
    message: str
    message_package: str
    message_module: str


@dataclass(frozen=True, slots=True)
class PublicationView:
    """A topic that a service writes."""

    topic: str
    message: str
    outbox: bool


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A member of the workspace that is a service. `has` are the features that templates ask for with `needs`."""

    name: str
    package: str
    distribution: str
    kind: str
    has: frozenset[str]
    serves: tuple[ContractView, ...]
    calls: tuple[CallView, ...]
    consumes: tuple[ConsumptionView, ...]
    publishes: tuple[PublicationView, ...]
    buckets: tuple[str, ...]
    caches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SystemView:
    """The workspace as a whole."""

    name: str
    module: str
    platform: str
    contracts_distribution: str
    protos: str
    services: tuple[ServiceView, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """One rendering of a template: `words` fill its paths, `values` its texts."""

    words: Mapping[str, str]
    values: Mapping[str, object]


def system(topology: Topology, protos: str) -> SystemView:
    """The view of a whole system; services in name order."""
    module = names.module(topology.system)
    return SystemView(
        name=topology.system,
        module=module,
        platform=f"{module}_platform",
        contracts_distribution=topology.contracts_package or f"{topology.system}-contracts",
        protos=protos,
        services=tuple(_service(topology, s) for _, s in sorted(topology.services.items())),
    )


def contexts(view: SystemView, each: str, needs: frozenset[str]) -> Iterator[Context]:
    """The contexts of a template: one for the system, for each service that has what it needs, or for each part of those."""
    words = {"system": view.module, "platform": view.platform}
    if each == "system":
        yield Context(words, {"system": view})
        return
    for service in view.services:
        if needs <= service.has:
            here = {**words, "service": service.name, "package": service.package}
            for more, values in _PARTS[each](service):
                yield Context({**here, **more}, {"system": view, "service": service, **values})


_Part = tuple[Mapping[str, str], Mapping[str, object]]


def _whole(_: ServiceView) -> Iterator[_Part]:
    yield {}, {}


def _contracts(service: ServiceView) -> Iterator[_Part]:
    for contract in service.serves:
        yield {"contract": names.snake(contract.name)}, {"contract": contract}


def _consumptions(service: ServiceView) -> Iterator[_Part]:
    for consumption in service.consumes:
        yield {"topic": consumption.module}, {"consumption": consumption}


_PARTS: Mapping[str, Callable[[ServiceView], Iterator[_Part]]] = {
    "service": _whole,
    "contract": _contracts,
    "consumption": _consumptions,
}


def _service(topology: Topology, service: Service) -> ServiceView:
    return ServiceView(
        name=service.name,
        package=service.module,
        distribution=f"{topology.system}-{service.name}",
        kind=service.kind.value,
        has=frozenset(_features(service)),
        serves=tuple(_contract(topology, name) for name in service.serves),
        calls=tuple(_call(topology, call) for _, call in sorted(service.calls.items())),
        consumes=tuple(_consumption(each) for _, each in sorted(service.consumes.items())),
        publishes=tuple(_publication(each) for _, each in sorted(service.publishes.items())),
        buckets=tuple(sorted(service.buckets)),
        caches=tuple(service.caches),
    )


def _features(service: Service) -> Iterator[str]:
    yield service.kind.value
    present = {
        "grpc": bool(service.serves),
        "http": service.kind is ServiceKind.GATEWAY,
        "database": service.database is not None,
        "calls": bool(service.calls),
        "consumes": bool(service.consumes),
        "publishes": bool(service.publishes),
        "outbox": any(publication.outbox for publication in service.publishes.values()),
        "buckets": bool(service.buckets),
        "caches": bool(service.caches),
        "tokens": service.tokens is not None,
        "verifies": service.verifies_tokens_of is not None,
    }
    yield from (feature for feature, there in present.items() if there)


def _contract(topology: Topology, full_name: str) -> ContractView:
    contract = topology.contracts[full_name]
    return ContractView(
        full_name=full_name,
        name=names.last(full_name),
        package=names.package(full_name),
        module=_proto_module(contract.file, full_name),
        methods=tuple(
            MethodView(m.name, names.snake(m.name), names.last(m.request), names.last(m.response))
            for m in contract.methods.values()
        ),
    )


def _proto_module(file: str, full_name: str) -> str:
    """`upload_pb2` of tube/upload/v1/upload.proto."""
    stem = file.rsplit("/", 1)[-1].removesuffix(".proto") or names.package(full_name).split(".")[-2]
    return f"{stem}_pb2"


def _call(topology: Topology, call: Call) -> CallView:
    known = call.contract is not None and call.contract in topology.contracts
    contract = _contract(topology, call.contract) if known and call.contract else None
    return CallView(call.callee, contract, call.deadline, call.critical)


def _consumption(consumption: Consumption) -> ConsumptionView:
    return ConsumptionView(
        topic=consumption.topic,
        group=consumption.group,
        module=names.module(consumption.topic),
        function=names.module(consumption.topic),
        message=names.last(consumption.message),
        message_package=names.package(consumption.message),
        message_module=_proto_module("", consumption.message),
    )


def _publication(publication: Publication) -> PublicationView:
    return PublicationView(publication.topic, names.last(publication.message), publication.outbox)
