"""What the handlers of a service get, and the imports that spell it: the parts of `wired.py`."""

from collections.abc import Iterator

from wireplan.skeletons import names
from wireplan.skeletons.views import CallView, ConsumptionView, ContractView, PartView
from wireplan.topology.types import Service, ServiceKind, Topology

RESERVED = (
    "database", "outbox", "publisher", "inbox", "idempotency", "sagas", "issuer", "logins", "features", "verifier", "public",
)  # fmt: skip
Import = tuple[str, str]


def parts(
    topology: Topology, service: Service, calls: tuple[CallView, ...], *, keyed: bool, orchestrates: bool
) -> tuple[PartView, ...]:
    """Every part, in the order in which they are made."""
    return (
        *_data(service, keyed),
        *(PartView("sagas", "Begins", "app.sagas()") for _ in [service.database] if orchestrates),
        *(PartView("issuer", "Issuer", "app.issuer()") for _ in [service.tokens] if service.tokens),
        *(PartView("logins", "Logins", "app.logins()") for _ in service.oauth[:1]),
        *(PartView("features", "Features", "app.features()") for _ in service.secondary_features[:1]),
        *(_bucket(name, {call.part for call in calls}) for name in sorted(service.buckets)),
        *_edge_caches(topology, service, {call.part for call in calls}),
        *(_stub(call, call.callee == service.verifies_tokens_of) for call in calls),
        *_verifier(service, calls),
        *(PartView("public", "Public", "app.public()") for _ in [service] if _public(topology, service)),
    )


def keys(service: Service, calls: tuple[CallView, ...]) -> tuple[str, str]:
    """The stub that is asked for the public keys of tokens, and the statement that makes it; empty where none is accepted."""
    found = next((call for call in calls if call.callee == service.verifies_tokens_of), None)
    return (found.part, f"{found.part} = {found.made}") if found else ("", "")


def imports(platform: str, found: tuple[PartView, ...], consumes: bool) -> Iterator[Import]:
    """What wired.py imports of the platform for these parts."""
    yield f"{platform}.app", "App"
    kinds = {part.type for part in found}
    yield from ((f"{platform}.{_HOMES[kind]}", kind) for kind in kinds if kind in _HOMES)
    if consumes:
        yield f"{platform}.kafka.loop", "Handler"


def contract_imports(serves: tuple[ContractView, ...], calls: tuple[CallView, ...]) -> Iterator[Import]:
    """The generated modules with the stubs and servicers."""
    for contract in (*serves, *(call.contract for call in calls)):
        yield contract.package, f"{contract.module}_grpc"


def stub_imports(calls: tuple[CallView, ...]) -> Iterator[Import]:
    """The types of stubs, which only the type checker knows."""
    for call in calls:
        yield f"{call.contract.package}.{call.contract.module}_grpc", f"{call.contract.name}AsyncStub"


def message_imports(consumes: tuple[ConsumptionView, ...]) -> Iterator[Import]:
    """The generated modules with the messages of topics."""
    for consumption in consumes:
        yield consumption.package, consumption.module


_HOMES = {
    "Database": "postgres",
    "Writes": "outbox",
    "Publisher": "kafka.records",
    "Effects": "inbox",
    "Answers": "idempotency",
    "Begins": "sagas.steps",
    "Issuer": "tokens",
    "Logins": "oidc.logins",
    "Features": "resilience.switches",
    "Verifier": "tokens",
    "Bucket": "objects",
    "Purges": "edge_cache",
    "Public": "wiring",
}


def _data(service: Service, keyed: bool) -> Iterator[PartView]:
    if service.database:
        yield PartView("database", "Database", "app.database()")
    if any(publication.outbox for publication in service.publishes.values()):
        yield PartView("outbox", "Writes", "app.outbox()")
    if any(not publication.outbox for publication in service.publishes.values()):
        yield PartView("publisher", "Publisher", "app.publisher()")
    if service.database and any(consumption.inbox for consumption in service.consumes.values()):
        yield PartView("inbox", "Effects", "app.inbox()")
    if service.database and keyed:
        yield PartView("idempotency", "Answers", "app.idempotency()")


def _bucket(name: str, stubs: set[str]) -> PartView:
    part = names.taken(names.module(name), {*RESERVED, *stubs}, "bucket")
    return PartView(part, "Bucket", f'app.bucket("{name}")')


def _edge_caches(topology: Topology, service: Service, stubs: set[str]) -> Iterator[PartView]:
    """The caches of edges that it purges. A bucket is never called so."""
    buckets = {names.module(name) for name in service.buckets}
    for edge in topology.edges.values():
        if edge.cache and service.name in edge.cache.purged_by:
            part = names.taken(f"{names.module(edge.name)}_cache", {*RESERVED, *stubs, *buckets}, "edge")
            yield PartView(part, "Purges", f'app.edge_cache("{edge.name}")')


def _stub(call: CallView, made_before: bool) -> PartView:
    return PartView(call.part, f'"{call.contract.name}AsyncStub"', call.part if made_before else call.made)


def _verifier(service: Service, calls: tuple[CallView, ...]) -> Iterator[PartView]:
    asked, _ = keys(service, calls)
    if asked:
        yield PartView("verifier", "Verifier", f"app.verifier(keys.fetch({asked}))")


def _public(topology: Topology, service: Service) -> bool:
    return service.kind is ServiceKind.GATEWAY and bool(topology.edges)
