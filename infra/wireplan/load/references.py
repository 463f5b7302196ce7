"""References inside a system: every name must name something that can do what is asked of it (YML030 to YML049).

One cause gives one finding: what hangs on a missing name is not reported again.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from wireplan.findings import Edit, Finding, Place, Related
from wireplan.load import codes
from wireplan.load.nearest import asked, listing, meant
from wireplan.model.services import Service
from wireplan.model.system import System

Path = tuple[str | int, ...]


class Positions(Protocol):
    """What knows where a path was written."""

    def find(self, path: Path) -> Place | None:
        """The place of the value at `path`."""
        ...


@dataclass(frozen=True, slots=True)
class Names:
    """A system and where it was written, with the two questions that every check asks."""

    system: System
    positions: Positions
    file: str

    def place(self, path: Path) -> Place:
        """The place of `path`, or of its nearest parent."""
        for length in range(len(path), 0, -1):
            found = self.positions.find(path[:length])
            if found is not None:
                return found
        return Place(self.file)

    def known(self, noun: str, name: str, known: Iterable[str], path: Path, said: str = "") -> Iterator[Finding]:
        """Nothing where `name` is known, else the finding with what was meant."""
        names = list(known)
        if name in names:
            return
        at, near = self.place(path), meant(name, names)
        plain = at.line == at.end_line and at.end_column - at.column == len(name)
        yield codes.UNKNOWN_NAME.at(
            at,
            f'no {noun} is called "{name}"{asked(name, names)}{self.elsewhere(name, noun)}',
            fix=said or f"Known: {listing(names)}.",
            edit=Edit(at, near) if near and plain else None,
        )

    def elsewhere(self, name: str, noun: str) -> str:
        """A word on what the name does name, where it is another noun's."""
        system = self.system
        tables = {
            "service": system.services, "topic": system.topics, "cache": system.caches,
            "bucket": system.buckets, "edge": system.edges, "external": system.externals,
        }  # fmt: skip
        found = next((other for other, table in tables.items() if other != noun and name in table), None)
        return f" (there is {'an' if found[0] in 'aeiou' else 'a'} {found} of that name)" if found else ""


def references(system: System, positions: Positions, file: str) -> list[Finding]:
    """Every reference that does not hold."""
    names = Names(system, positions, file)
    found: list[Finding] = []
    for check in CHECKS:
        found.extend(check(names))
    for name, service in system.services.items():
        for of_service in OF_SERVICE:
            found.extend(of_service(names, name, service))
    return found


def calls(names: Names, name: str, service: Service) -> Iterator[Finding]:
    """Callees exist and serve gRPC; caches of fallbacks exist."""
    services = names.system.services
    for callee, call in service.calls.items():
        path: Path = ("services", name, "calls", callee)
        if callee not in services:
            yield from names.known("service", callee, services, path)
            continue
        serves = services[callee].serves
        if callee == name:
            yield codes.WRONG_KIND.at(names.place(path), f"{name} calls itself")
        elif not serves:
            yield codes.WRONG_KIND.at(
                names.place(path), f"{name} calls {callee}, which serves no gRPC",
                fix=f"Write services.{callee}.serves: package.v1.SomeService, or leave the call out.",
                related=(Related(names.place(("services", callee)), "the callee"),),
            )  # fmt: skip
        elif call.contract and call.contract not in serves:
            at = (*path, "contract")
            yield codes.WRONG_KIND.at(names.place(at), f"{callee} does not serve {call.contract}{asked(call.contract, serves)}", fix=f"It serves {listing(serves)}.")
        if call.fallback and call.fallback.cache:
            yield from names.known("cache", call.fallback.cache, names.system.caches, (*path, "fallback", "cache"))
        elif call.fallback and call.fallback.kind == "cache":
            yield codes.COMBINATION.at(names.place((*path, "fallback")), "a fallback of kind cache names no cache", fix="Write fallback: {cache: NAME}.")


def topics(names: Names, name: str, service: Service) -> Iterator[Finding]:
    """Topics that are published or consumed exist and name a message."""
    table = names.system.topics
    for key, uses in (("publishes", service.publishes), ("consumes", service.consumes)):
        for topic in uses:
            yield from names.known("topic", topic, table, ("services", name, key, topic))


def database(names: Names, name: str, service: Service) -> Iterator[Finding]:
    """A service's database is in a cluster."""
    if service.database is None:
        return
    listed = [d for cluster in names.system.databases.values() for d in cluster.databases]
    path: Path = ("services", name, "database", "name")
    if names.positions.find(path) is None:
        path = path[:-1]
    said = f"Known: {listing(listed)}. Databases are listed at databases.CLUSTER.databases."
    yield from names.known("database", service.database.name, listed, path, said)


def stores(names: Names, name: str, service: Service) -> Iterator[Finding]:
    """Buckets, caches and externals that a service uses exist."""
    system, here = names.system, ("services", name)
    for bucket in service.buckets:
        yield from names.known("bucket", bucket, system.buckets, (*here, "buckets", bucket))
    for cache in service.caches:
        yield from names.known("cache", cache, system.caches, (*here, "caches", cache))
    if service.rate_limit:
        yield from names.known("cache", service.rate_limit.store, system.caches, (*here, "rate_limit", "store"))
    for external in service.externals:
        yield from names.known("external", external, system.externals, (*here, "externals", external))
    for index, oauth in enumerate(service.oauth):
        yield from names.known("external", oauth.provider, system.externals, (*here, "oauth", index, "provider"))


def tokens(names: Names, name: str, service: Service) -> Iterator[Finding]:
    """Tokens are accepted only of a service that issues them, and whose keys can be asked for."""
    issuer = service.accepts_tokens_of
    if issuer is None:
        return
    path: Path = ("services", name, "accepts_tokens_of")
    services = names.system.services
    if issuer not in services:
        yield from names.known("service", issuer, services, path)
    elif services[issuer].tokens is None:
        yield codes.WRONG_KIND.at(names.place(path), f"{issuer} issues no tokens", fix=f"Write services.{issuer}.tokens: {{}}.")
    elif issuer not in service.calls:
        yield codes.WRONG_KIND.at(
            names.place(path), f"{name} accepts tokens of {issuer} but does not call it, so it cannot fetch its keys",
            fix=f"Add {issuer} to services.{name}.calls.",
        )  # fmt: skip


def edges(names: Names) -> Iterator[Finding]:
    """Routes lead to a bucket, or to a service that serves HTTP; buckets are uploaded to through an edge."""
    system = names.system
    for edge, written in system.edges.items():
        for index, route in enumerate(written.routes):
            path: Path = ("edges", edge, "routes", index, "to")
            if route.to.startswith("bucket "):
                bucket = route.to.removeprefix("bucket ")
                yield from names.known("bucket", bucket, system.buckets, path)
            elif route.to not in system.services:
                yield from names.known("service", route.to, system.services, path)
            elif not serves_http(system.services[route.to]):
                yield codes.WRONG_KIND.at(
                    names.place(path), f"{route.to} serves no HTTP",
                    fix=f"Write services.{route.to}.kind: gateway, or http with serves_http: http2.",
                    related=(Related(names.place(("services", route.to)), "the service"),),
                )  # fmt: skip
    for bucket, used in system.buckets.items():
        if used.uploads_through:
            yield from names.known("edge", used.uploads_through, system.edges, ("buckets", bucket, "uploads_through"))


def serves_http(service: Service) -> bool:
    """Whether a service answers HTTP."""
    return service.kind in ("gateway", "http") or service.serves_http is not None


def databases(names: Names) -> Iterator[Finding]:
    """A database is in one cluster and belongs to one service; backups go to a bucket (spec row F3.3)."""
    system = names.system
    held: dict[str, Path] = {}
    for cluster, written in system.databases.items():
        for index, name in enumerate(written.databases):
            path: Path = ("databases", cluster, "databases", index)
            if name in held:
                yield twice(names, f'database "{name}" is listed twice', path, held[name])
            held.setdefault(name, path)
        if written.backup:
            yield from names.known("bucket", written.backup.to, system.buckets, ("databases", cluster, "backup", "to"))
    owned: dict[str, str] = {}
    for name, service in system.services.items():
        if service.database is None:
            continue
        first = owned.setdefault(service.database.name, name)
        if first != name:
            what = f'database "{service.database.name}" belongs to {first} and to {name}'
            yield twice(names, what, ("services", name, "database"), ("services", first, "database"))


def twice(names: Names, what: str, path: Path, first: Path) -> Finding:
    """The finding of something that is there twice."""
    return codes.DATABASE_TWICE.at(names.place(path), what, related=(Related(names.place(first), "the first"),))


def messages(names: Names) -> Iterator[Finding]:
    """A topic that is used names its message (spec row P6)."""
    system = names.system
    used = {t for s in system.services.values() for t in s.consumes}
    used |= {t for s in system.services.values() for t, p in s.publishes.items() if p.message is None}
    for topic in system.topics:
        if topic in used and system.topics[topic].message is None:
            yield codes.NO_MESSAGE.at(names.place(("topics", topic)), f'topic "{topic}" is used but names no message')


def contracts(names: Names) -> Iterator[Finding]:
    """A gRPC service is served by one service."""
    first: dict[str, str] = {}
    for name, service in names.system.services.items():
        for contract in service.serves:
            other = first.setdefault(contract, name)
            if other != name:
                yield codes.CONTRACT_TWICE.at(
                    names.place(("services", name, "serves")), f"{contract} is served by {other} and by {name}",
                    related=(Related(names.place(("services", other, "serves")), "the first"),),
                )  # fmt: skip


def sagas(names: Names) -> Iterator[Finding]:
    """Owners and targets of sagas exist, and what is called serves gRPC."""
    system = names.system
    for name, saga in system.sagas.items():
        here: Path = ("sagas", name)
        yield from names.known("service", saga.owner, system.services, (*here, "owner"))
        for index, step in enumerate(saga.steps):
            at = (*here, "steps", index)
            for key, target in (("call", step.call), ("undo", step.undo)):
                if target:
                    yield from saga_target(names, target, (*at, key))
            for key, topic in (("send", step.send), ("await", step.awaits)):
                if topic:
                    yield from names.known("topic", topic, system.topics, (*at, key))


def saga_target(names: Names, target: str, path: Path) -> Iterator[Finding]:
    """`service.Method`: the service exists and serves gRPC."""
    service = target.partition(".")[0]
    if service not in names.system.services:
        yield from names.known("service", service, names.system.services, path)
    elif not names.system.services[service].serves:
        yield codes.WRONG_KIND.at(names.place(path), f"{service} serves no gRPC, so {target} cannot be called")


def providers(names: Names) -> Iterator[Finding]:
    """What is not ours has an address."""
    system = names.system
    if system.environment.kafka == "external" and not (system.kafka and system.kafka.bootstrap):
        yield codes.NEEDS_ADDRESS.at(names.place(("environment", "kafka")), "Kafka is external but has no address", fix="Write kafka: {bootstrap: host:9092}.")
    store = system.object_store
    if store and store.provider == "external" and not store.endpoint:
        yield codes.NEEDS_ADDRESS.at(names.place(("object_store",)), "the object store is external but has no address", fix="Write object_store.endpoint: https://...")


def taken(names: Names) -> Iterator[Finding]:
    """No service is named like an object that Wireplan makes."""
    system = names.system
    made = {"kafka": "Kafka", "objects": "the object store"}
    made |= {f"pg-{c}{end}": f"the Postgres cluster {c}" for c in system.databases for end in ("", "-rw", "-ro", "-r")}
    made |= {f"cache-{c}": f"the cache {c}" for c in system.caches}
    made |= {f"edge-{e}": f"the edge {e}" for e in system.edges}
    for name in system.services:
        if name in made:
            yield codes.NAME_TAKEN.at(names.place(("services", name)), f'"{name}" is the name of {made[name]} in Kubernetes')


def waivers(names: Names) -> Iterator[Finding]:
    """Waivers name places that are there."""
    for index, waiver in enumerate(names.system.waivers):
        if waiver.on is None:
            continue
        noun, _, rest = waiver.on.partition(".")
        table = getattr(names.system, noun, None)
        if table is None or (isinstance(table, dict) and rest and not any(below(rest, str(n)) for n in table)):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            known = [f"{noun}.{n}" for n in table] if isinstance(table, dict) else ["services.NAME", "topics.NAME"]  # pyright: ignore[reportUnknownVariableType]
            at = names.place(("waivers", index, "on"))
            yield codes.UNKNOWN_PLACE.at(at, f'nothing is called "{waiver.on}"{asked(waiver.on, known)}', fix=f"Known: {listing(known)}.")


def below(path: str, name: str) -> bool:
    """Whether a path is a name, or something under it."""
    return path == name or path.startswith(f"{name}.")


CHECKS: tuple[Callable[[Names], Iterator[Finding]], ...] = (
    edges, databases, messages, contracts, sagas, providers, taken, waivers,
)  # fmt: skip
OF_SERVICE: tuple[Callable[[Names, str, Service], Iterator[Finding]], ...] = (calls, topics, database, stores, tokens)
