"""Topology to views."""

from collections.abc import Iterator

from wireplan.skeletons import channels, names, parts, protos, sagas, settings
from wireplan.skeletons.views import (
    CallView,
    ConsumptionView,
    ContractView,
    DeliveryView,
    PartView,
    PublicationView,
    SagaView,
    ServiceView,
    SystemView,
)
from wireplan.topology import steps, wiring
from wireplan.topology.contracts import RULED, RULES
from wireplan.topology.types import (
    Call,
    Consumption,
    Publication,
    Service,
    ServiceKind,
    Topology,
)

SHARED = ("contracts", "platform")


class UnfitError(Exception):
    """A system that no workspace can be made for, in a sentence."""


def system(topology: Topology, way: str) -> SystemView:
    """The view of a whole system, services in name order. `way` is the path from the contracts to the .proto files.

    Raises:
        UnfitError: a service has the name of a shared member, or contracts have no package in common.
    """
    for name in set(SHARED) & topology.services.keys():
        raise UnfitError(f"a service cannot be called {name}: the workspace has a member of that name")
    whole = (each for _, each in sorted(topology.services.items()) if each.part_of is None)
    services = tuple(_service(topology, service) for service in whole)
    root = _root(services)
    module = names.module(topology.system)
    contracts = distribution(topology)
    return SystemView(
        name=topology.system,
        module=module,
        platform=f"{module}_platform",
        contracts=contracts,
        version=topology.contracts_version,
        root=root,
        modules=tuple(each for each in (root, RULES if RULED in topology.proto_files else "") if each),
        protos=way,
        has=frozenset(["contracts"] if root else []),
        services=services,
        members=(*(SHARED if root else SHARED[1:]), *(service.name for service in services)),
        checked=("platform", *(service.name for service in services)),
        distributions=(
            *([contracts] if root else []),
            f"{topology.system}-platform",
            *(service.distribution for service in services),
        ),
        keys_kept=f"{steps.KEYS_KEPT / 86_400:g} * 86_400.0",
    )


def distribution(topology: Topology) -> str:
    """The name of the contracts as a package (spec row P7)."""
    return topology.contracts_package or f"{topology.system}-contracts"


def _service(topology: Topology, service: Service) -> ServiceView:
    serves = tuple(
        protos.contract(topology, topology.contracts[n]) for n in service.serves if n in topology.contracts
    )
    calls = tuple(_calls(topology, service))
    sent = channels.delivery(topology, service)
    consumes = tuple(_consumption(topology, service, each) for each in channels.handled(service, sent))
    owned = sagas.sagas(topology, service, calls)
    found = parts.parts(
        topology, service, calls, keyed=any(each.keyed for each in serves), orchestrates=bool(owned)
    )
    features = frozenset([*_features(service, serves, calls, consumes, owned), *sent.features])
    platform = f"{names.module(topology.system)}_platform"
    wired = [*parts.imports(platform, found, bool(consumes)), *sagas.wired_imports(platform, owned)]
    wired += [*parts.contract_imports(serves, calls), *parts.message_imports(consumes)]
    joined = [f"{module}.{name}" for module, name in _joined(serves, consumes, owned, features)]
    asked, asked_made = parts.keys(service, calls)
    return ServiceView(
        name=service.name,
        module=names.module(service.name),
        package=service.module,
        distribution=f"{topology.system}-{service.name}",
        kind=service.kind.value,
        line=_line(service),
        dependencies=tuple(dict.fromkeys(_dependencies(topology, service, features, sent))),
        has=features,
        serves=serves,
        calls=calls,
        consumes=consumes,
        publishes=tuple(_publication(each) for _, each in sorted(service.publishes.items())),
        delivery=sent,
        sagas=owned,
        buckets=tuple(f"{name} ({use.access})" for name, use in sorted(service.buckets.items())),
        database=service.database.name if service.database else "",
        switches=wiring.optional(service),
        settings=settings.settings(topology, service),
        parts=found,
        imports=names.imports(wired),
        typing_imports=names.imports(parts.stub_imports(calls), indent=4),
        handler_imports=names.imports(_handler_imports(platform, service, serves, consumes)),
        application_imports=names.imports(_application_imports(platform, service)),
        saga_imports=names.imports(sagas.saga_imports(platform, service, owned)),
        wire_imports=names.imports(_wire_imports(service, serves, consumes, owned, features), indent=4),
        joined=tuple(joined),
        modules=", ".join(sorted({name.split(".", 1)[0] for name in joined})),
        keys_from=asked,
        keys_made=asked_made,
        inbox_hint=_inbox_hint(found),
    )


def _inbox_hint(found: tuple[PartView, ...]) -> str:
    return ": the inbox lets its effect happen once" if "inbox" in {part.name for part in found} else ""


def _line(service: Service) -> str:
    does = [f"serves {', '.join(names.last(name) for name in service.serves)}"] if service.serves else []
    does += [f"consumes {', '.join(sorted(service.consumes))}"] if service.consumes else []
    does += [f"publishes {', '.join(sorted(service.publishes))}"] if service.publishes else []
    return "; ".join([service.kind.value, *does])


def _features(
    service: Service,
    serves: tuple[ContractView, ...],
    calls: tuple[CallView, ...],
    consumes: tuple[ConsumptionView, ...],
    owned: tuple[SagaView, ...],
) -> Iterator[str]:
    speaks_http = service.kind in {ServiceKind.GATEWAY, ServiceKind.HTTP}
    present = {
        "gateway": service.kind is ServiceKind.GATEWAY,
        "plain-http": service.kind is ServiceKind.HTTP,
        "http": speaks_http,
        "limited": speaks_http and service.rate_limit is not None,
        "grpc": bool(serves),
        "consumes": bool(consumes),
        "handlers": bool(serves or consumes) or not speaks_http,
        "starts": not (serves or consumes or speaks_http),
        "database": service.database is not None,
        "sagas": bool(owned),
        "keys": bool(parts.keys(service, calls)[0]),
        "contracts": bool(serves or consumes or calls),
    }
    yield from (feature for feature, there in present.items() if there)


def _dependencies(
    topology: Topology, service: Service, features: frozenset[str], sent: DeliveryView
) -> Iterator[str]:
    if "contracts" in features:
        yield distribution(topology)
    yield f"{topology.system}-platform"
    if service.oauth:
        yield channels.HTTP
    yield from channels.dependencies(sent)
    if service.kind is ServiceKind.GATEWAY:
        yield "fastapi>=0.165,<0.200"


def _calls(topology: Topology, service: Service) -> Iterator[CallView]:
    for _, call in sorted(service.calls.items()):
        contract = topology.contracts.get(call.contract or "")
        if contract:
            view = protos.contract(topology, contract)
            yield CallView(
                callee=call.callee,
                part=names.taken(names.module(call.callee), parts.RESERVED, "client"),
                made=f'app.client("{call.callee}", {view.module}_grpc.{view.name}Stub)',
                contract=view,
                word=", ".join(_words(call)),
            )


def _words(call: Call) -> Iterator[str]:
    """What a reader of the service's page wants to know of a call."""
    yield f"deadline {call.deadline:g} s"
    yield "critical" if call.critical else "not critical"
    if call.fallback:
        yield f"fallback {call.fallback.kind}"


def _consumption(topology: Topology, service: Service, consumption: Consumption) -> ConsumptionView:
    variable = names.module(consumption.topic)
    tells = bool(service.publishes)
    ends = any(
        step.awaits == consumption.topic
        for saga in topology.sagas.values()
        if saga.owner == service.name and service.database
        for step in saga.steps
    )
    handle = f"{variable}.handle"
    callbacks = (
        f'app.sagas().answering("{consumption.topic}", {handle})' if ends else handle,
        *([f"{variable}.dead_lettered"] if tells else []),
    )
    message = protos.message(topology, consumption.message)
    return ConsumptionView(
        topic=consumption.topic,
        group=consumption.group,
        variable=variable,
        handlers=f"{names.hump(consumption.topic)}Handlers",
        message=message.text,
        package=message.package,
        module=message.module,
        callbacks=callbacks,
        tells=tells,
        ends_steps=ends,
        word=f"{consumption.membership.value} membership, {consumption.attempts} attempts",
    )


def _publication(publication: Publication) -> PublicationView:
    word = "through the outbox" if publication.outbox else "straight to the broker"
    return PublicationView(publication.topic, publication.message, word)


def _handler_imports(
    platform: str, service: Service, serves: tuple[ContractView, ...], consumes: tuple[ConsumptionView, ...]
) -> Iterator[parts.Import]:
    yield f"{service.module}.wired", "Parts"
    for contract in serves:
        yield contract.package, f"{contract.module}_grpc"
        yield from contract.messages
    if serves:
        yield f"{platform}.rpc.server", "Context"
    if not (serves or consumes):
        yield platform, "logs"
        yield f"{platform}.app", "App"
    yield from parts.message_imports(consumes)
    if consumes:
        yield f"{platform}.kafka.records", "Received"


def _application_imports(platform: str, service: Service) -> Iterator[parts.Import]:
    yield f"{service.module}.wired", "Parts"
    if service.kind is not ServiceKind.GATEWAY:
        yield platform, "web"
        return
    yield f"{platform}.rpc", "http"
    if service.rate_limit:
        yield f"{platform}.limits.asgi", "DOCUMENTED"


def _wire_imports(
    service: Service,
    serves: tuple[ContractView, ...],
    consumes: tuple[ConsumptionView, ...],
    owned: tuple[SagaView, ...],
    features: frozenset[str],
) -> Iterator[parts.Import]:
    for module, name in _joined(serves, consumes, owned, features):
        yield f"{service.module}.{module}", name
    modules = {"keys": "keys", "channels": "delivery"}
    yield from ((service.module, module) for feature, module in modules.items() if feature in features)


def _joined(
    serves: tuple[ContractView, ...],
    consumes: tuple[ConsumptionView, ...],
    owned: tuple[SagaView, ...],
    features: frozenset[str],
) -> Iterator[tuple[str, str]]:
    """What wired.py joins to the parts: modules of a person, and the names in them."""
    yield from (("handlers", contract.handlers) for contract in serves)
    yield from (("handlers", consumption.handlers) for consumption in consumes)
    yield from (("sagas", name) for saga in owned for name in (saga.handlers, saga.state))
    if "http" in features:
        yield "application", "application"
    if "starts" in features:
        yield "handlers", "start"


def _root(services: tuple[ServiceView, ...]) -> str:
    packages = {
        *(contract.package for service in services for contract in service.serves),
        *(call.contract.package for service in services for call in service.calls),
        *(consumption.package for service in services for consumption in service.consumes),
    }
    roots = sorted({package.split(".", 1)[0] for package in packages})
    if len(roots) > 1:
        raise UnfitError(f"the contracts have no package in common: they begin with {' and '.join(roots)}")
    return roots[0] if roots else ""
