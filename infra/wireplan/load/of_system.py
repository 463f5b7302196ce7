"""What edges, stores, sagas and waivers refer to, and names that may be there only once."""

from collections.abc import Iterator
from typing import cast

from wireplan.findings import Finding, Related
from wireplan.load import codes
from wireplan.load.names import Found, Names, Path, corrected
from wireplan.load.nearest import asked, listing
from wireplan.model.messaging import PROTOCOLS
from wireplan.model.services import Service

NOUNS = ("edges", "services", "topics", "databases", "caches", "buckets", "externals", "sagas", "drills")
SINGLE = ("kafka", "object_store", "environment", "contracts", "patches")


def edges(names: Names) -> Iterator[Found]:
    """Routes lead to a bucket, or to a service that serves HTTP; services purge; buckets are uploaded to through an edge."""
    system = names.system
    for edge, written in system.edges.items():
        for index, route in enumerate(written.routes):
            path: Path = ("edges", edge, "routes", index, "to")
            if route.to.startswith("bucket "):
                bucket = route.to.removeprefix("bucket ")
                yield from names.known("bucket", bucket, system.buckets, path)
            elif route.to not in system.services:
                yield from names.known("service", route.to, system.services, path)
            elif route.to not in names.unsure and not serves_http(system.services[route.to]):
                yield codes.WRONG_KIND.at(
                    names.place(path), f"{route.to} serves no HTTP",
                    fix=f"Write services.{route.to}.kind: gateway, or http with serves_http: http2.",
                    related=(Related(names.place(("services", route.to)), "the service"),),
                )  # fmt: skip
        for index, service in enumerate(written.cache.purged_by if written.cache else ()):
            at: Path = ("edges", edge, "cache", "purged_by", index)
            yield from names.known("service", service, system.services, at)
    for bucket, used in system.buckets.items():
        if used.uploads_through:
            yield from names.known(
                "edge", used.uploads_through, system.edges, ("buckets", bucket, "uploads_through")
            )


def strays(names: Names) -> Iterator[Found]:
    """An overlay sizes services and edges that are there; one of which it says nothing else would do nothing."""
    tables = {"services": names.system.services, "edges": names.system.edges}
    for noun, name in sorted(names.strays):
        yield from names.known(noun.removesuffix("s"), name, tables[noun], (noun, name))


def routes(names: Names) -> Iterator[Finding]:
    """An edge routes a path to one place; `/api` and `/api/` are one path."""
    for edge, written in names.system.edges.items():
        first: dict[str, Path] = {}
        for index, route in enumerate(written.routes):
            path: Path = ("edges", edge, "routes", index, "path")
            other = first.setdefault(route.path.rstrip("/"), path)
            if other != path:
                related = (Related(names.place(other), "the first"),)
                said = f"edge {edge} routes {route.path} twice"
                yield codes.ROUTE_TWICE.at(names.place(path), said, related=related)


def serves_http(service: Service) -> bool:
    """Whether a service answers HTTP."""
    return service.kind in ("gateway", "http") or service.serves_http is not None


def databases(names: Names) -> Iterator[Found]:
    """A database is in one cluster, and called otherwise than any; backups go to a bucket."""
    system = names.system
    held: dict[str, Path] = {}
    for cluster, written in system.databases.items():
        for index, name in enumerate(written.databases):
            path: Path = ("databases", cluster, "databases", index)
            if name in held:
                yield twice(names, f'database "{name}" is listed twice', path, held[name])
            held.setdefault(name, path)
            if name in system.databases:
                related = (Related(names.place(("databases", name)), "the cluster"),)
                said = f'database "{name}" has the name of a cluster'
                yield codes.ONE_WORD.at(names.place(path), said, related=related)
        if written.backup:
            yield from names.known(
                "bucket", written.backup.to, system.buckets, ("databases", cluster, "backup", "to")
            )


WHERE = "Databases are listed at databases.CLUSTER.databases."


def owners(names: Names) -> Iterator[Found]:
    """The database of a service is in a cluster, and no other service's (spec row F3.3)."""
    system = names.system
    listed = {name for cluster in system.databases.values() for name in cluster.databases}
    owned: dict[str, str] = {}
    for name, service in system.services.items():
        if service.database is None:
            continue
        database = service.database.name
        if "databases" not in names.unsure:
            yield from names.known(
                "database", database, listed, ("services", name, "database", "name"), WHERE
            )
        first = owned.setdefault(database, name)
        if first != name:
            what = f'database "{database}" belongs to {first} and to {name}'
            yield twice(names, what, ("services", name, "database"), ("services", first, "database"))


def twice(names: Names, what: str, path: Path, first: Path) -> Finding:
    """The finding of something that is there twice."""
    return codes.DATABASE_TWICE.at(
        names.place(path), what, related=(Related(names.place(first), "the first"),)
    )


def messages(names: Names) -> Iterator[Finding]:
    """A topic that is used names its message (spec row P6)."""
    system = names.system
    used = {t for s in system.services.values() for t in s.consumes}
    used |= {t for s in system.services.values() for t, p in s.publishes.items() if p.message is None}
    used -= names.unsure
    for topic, written in system.topics.items():
        if topic in used and written.message is None:
            said = f'topic "{topic}" is used but names no message'
            yield codes.NO_MESSAGE.at(names.place(("topics", topic)), said)


def groups(names: Names) -> Iterator[Finding]:
    """A consumer group is one service's, and its members speak one protocol (spec rows M2, M5)."""
    first: dict[str, tuple[str, str, Path]] = {}
    common = names.system.defaults.consumes
    for name, service in names.system.services.items():
        for topic, written in service.consumes.items():
            membership = written.membership or common.membership or "dynamic"
            own = PROTOCOLS[membership]
            protocol = own if membership == "share" else written.protocol or common.protocol or own
            group, path = written.group or name, ("services", name, "consumes", topic)
            other, spoken, where = first.setdefault(group, (name, protocol, path))
            if other != name:
                said = f'group "{group}" is of {other} and of {name}'
            elif spoken != protocol:
                said = f'group "{group}" speaks protocol {spoken} on {where[3]} and {protocol} on {topic}'
            else:
                continue
            related = (Related(names.place(where), "the first"),)
            yield codes.GROUP_TWICE.at(names.place((*path, "group")), said, related=related)


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


def sagas(names: Names) -> Iterator[Found]:
    """Owners and targets of sagas exist, and what is called serves gRPC."""
    system = names.system
    for name, saga in system.sagas.items():
        here: Path = ("sagas", name)
        yield from names.known("service", saga.owner, system.services, (*here, "owner"))
        for index, step in enumerate(saga.steps):
            at = (*here, "steps", index)
            for key, target in (("call", step.call), ("undo", step.undo_call)):
                if target:
                    yield from saga_target(names, target, (*at, key))
            for key, topic in (("send", step.send), ("await", step.awaits), ("undo", step.undo_send)):
                if topic:
                    yield from names.known("topic", topic, system.topics, (*at, key))


def saga_target(names: Names, target: str, path: Path) -> Iterator[Found]:
    """`service.Method`: the service exists and serves gRPC."""
    service = target.partition(".")[0]
    if service not in names.system.services:
        yield from names.known("service", service, names.system.services, path)
    elif service not in names.unsure and not names.system.services[service].serves:
        yield codes.WRONG_KIND.at(
            names.place(path), f"{service} serves no gRPC, so {target} cannot be called"
        )


ALWAYS = {
    "tools": "the image of Wireplan's own Jobs",
    "contracts": "a member of every services' workspace",
    "platform": "a member of every services' workspace",
    "kafka": "Kafka in Kubernetes",
    "kafka-topics": "the Job that makes topics in Kubernetes",
    "objects": "the object store in Kubernetes",
    "objects-buckets": "the Job that makes buckets in Kubernetes",
    "default": "the ServiceAccount that every namespace has",
    "default-deny": "a NetworkPolicy of every namespace",
    "allow-dns": "a NetworkPolicy of every namespace",
}
"""Names that are not free in any system, and whose they are."""
STRIMZI = ("kafka", "kafka-bootstrap", "kafka-brokers", "entity-operator", "controller", "broker", "strimzi")
"""What it makes is called `kafka-` and one of these: Services, pools of pods, ServiceAccounts, policies."""
ENDS = ("", "-rw", "-ro", "-r", "-pooler-rw", "-pooler-ro", "-restored", "-restored-reads")


def taken(names: Names) -> Iterator[Finding]:
    """No service is named like something that Wireplan makes."""
    system = names.system
    made = {f"pg-{c}{end}": f"the Postgres cluster {c}" for c in system.databases for end in ENDS}
    made |= {f"kafka-{end}": "Kafka by Strimzi" for end in STRIMZI}
    made |= {f"cache-{c}": f"the cache {c}" for c in system.caches}
    made |= {f"{end}edge-{e}": f"the edge {e}" for e in system.edges for end in ("", "purge-")}
    if system.environment.mtls:
        made["certificates"] = "what signs the services' certificates"
    whose = ALWAYS | {name: f"{part} in Kubernetes" for name, part in made.items()}
    for name in system.services:
        if name in whose:
            yield codes.NAME_TAKEN.at(
                names.place(("services", name)), f'"{name}" is the name of {whose[name]}'
            )


def waivers(names: Names) -> Iterator[Finding]:
    """Waivers name places that are there."""
    system = names.system
    tables = {noun: cast("dict[str, object]", getattr(system, noun)) for noun in NOUNS}
    known = [f"{noun}.{name}" for noun, table in tables.items() for name in table]
    for index, waiver in enumerate(system.waivers):
        if (
            waiver.on
            and waiver.on not in (*NOUNS, *SINGLE)
            and not any(below(waiver.on, k) for k in (*known, *SINGLE, *names.removed))
        ):
            at = names.place(("waivers", index, "on"))
            what = f'nothing is called "{waiver.on}"{asked(waiver.on, known)}'
            edit = corrected(at, waiver.on, known)
            yield codes.UNKNOWN_PLACE.at(at, what, fix=f"Known: {listing(known)}.", edit=edit)


def below(path: str, name: str) -> bool:
    """Whether a path is a name, or something under it."""
    return path == name or path.startswith(f"{name}.")
