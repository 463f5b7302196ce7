"""References into the protos: gRPC services, methods, messages and fields (YML032, YML045; spec row P6)."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from wireplan.findings import Finding
from wireplan.load import codes
from wireplan.load.names import Names, Path, corrected
from wireplan.load.nearest import asked, listing
from wireplan.model.services import Service

Methods = Mapping[str, Collection[str]]
"""Method names by the full name of a gRPC service."""
Fields = Mapping[str, Mapping[str, str]]
"""What the fields of a message hold, by their names, by its full name: `string`, `repeated int32`, `google.protobuf.Timestamp`."""
WHOLE = {f"{word}{bits}" for word in ("int", "uint", "sint", "fixed", "sfixed") for bits in (32, 64)}
TIME = "google.protobuf.Timestamp"


class Role(NamedTuple):
    """What a field of a message is for, beside its text: the topic's property that names it."""

    name: str
    kinds: Collection[str]
    why: str
    fix: str


ROLES = (
    Role(
        "key",
        {*WHOLE, "string", "bool", "enum"},
        "Records of one key go to one partition, so all that publish must write the key as the same bytes.",
        "Name a field that holds one string, whole number, bool or enum.",
    ),
    Role(
        "version",
        {*WHOLE, TIME},
        "Readers that do not keep the order tell by it which of two records of a key is the newer.",
        f"Name a field that holds one whole number or a {TIME}.",
    ),
)


def contracts(names: Names, methods: Methods, fields: Fields) -> list[Finding]:
    """Every reference into the protos that does not hold."""
    system = names.system
    found = [
        f for name, service in system.services.items() for f in of_service(names, name, service, methods)
    ]
    found.extend(of_topics(names, fields))
    for name, service in system.services.items():
        for topic, publication in service.publishes.items():
            if publication.message:
                path: Path = ("services", name, "publishes", topic, "message")
                found.extend(known(names, "message", publication.message, fields, path))
    found.extend(of_sagas(names, methods))
    return found


def known(names: Names, noun: str, name: str, table: Collection[str], path: Path) -> Iterator[Finding]:
    """Nothing where `name` is in the protos, else the finding with what was meant."""
    if name in table:
        return
    all_names = list(table)
    at = names.place(path)
    yield codes.UNKNOWN_CONTRACT.at(
        at,
        f"the protos have no {noun} {name}{asked(name, all_names)}",
        fix=f"Known: {listing(sorted(all_names))}.",
        edit=corrected(at, name, all_names),
    )


def of_service(names: Names, name: str, service: Service, methods: Methods) -> Iterator[Finding]:
    """What a service serves, and the methods that are called or that read from replicas."""
    here: Path = ("services", name)
    for contract in service.serves:
        yield from known(names, "gRPC service", contract, methods, (*here, "serves", contract))
    if name not in names.unsure and all(contract in methods for contract in service.serves):
        own = [method for contract in service.serves for method in methods[contract]]
        for method in service.reads_from_replicas:
            yield from known(
                names, f"method of {name} called", method, own, (*here, "reads_from_replicas", method)
            )
    for callee, call in service.calls.items():
        target = names.system.services.get(callee)
        contract = call.contract or (target.serves[0] if target and target.serves else None)
        if contract is None or contract not in methods or call.protocol == "http":
            continue
        for method in call.methods:
            yield from known(
                names,
                f"method of {contract} called",
                method,
                methods[contract],
                (*here, "calls", callee, "methods", method),
            )


def of_topics(names: Names, fields: Fields) -> Iterator[Finding]:
    """The message of a topic; its key and version as fields of every message that is published to it."""
    published = by_topic(names)
    for topic, written in names.system.topics.items():
        if written.message is not None:
            yield from known(names, "message", written.message, fields, ("topics", topic, "message"))
        every = dict.fromkeys([written.message or "", *published.get(topic, ())])
        for message in (each for each in every if each in fields):
            for role in ROLES:
                yield from of_field(names, topic, message, fields[message], role)


def by_topic(names: Names) -> Mapping[str, list[str]]:
    """The messages that publications name themselves."""
    found: dict[str, list[str]] = {}
    for service in names.system.services.values():
        for topic, publication in service.publishes.items():
            if publication.message:
                found.setdefault(topic, []).append(publication.message)
    return found


def of_field(
    names: Names, topic: str, message: str, fields: Mapping[str, str], role: Role
) -> Iterator[Finding]:
    """The field that a topic names for a role: it is there, and holds what the role needs."""
    name: str | None = getattr(names.system.topics[topic], role.name)
    path: Path = ("topics", topic, role.name)
    if name is None:
        return
    yield from known(names, f"field of {message} called", name, fields, path)
    kind = fields.get(name, "")
    if kind and kind.partition(" ")[0] not in role.kinds:
        what = f"the field {name} of {message} holds {kind}, which is no {role.name} of records"
        yield codes.WRONG_KIND.at(names.place(path), what, why=role.why, fix=role.fix)


def of_sagas(names: Names, methods: Methods) -> Iterator[Finding]:
    """The methods that sagas call and undo."""
    for name, saga in names.system.sagas.items():
        for index, step in enumerate(saga.steps):
            for key, target in (("call", step.call), ("undo", step.undo_call)):
                service, _, method = (target or "").partition(".")
                serves = names.system.services[service].serves if service in names.system.services else []
                if serves and all(contract in methods for contract in serves):
                    own = [m for contract in serves for m in methods[contract]]
                    yield from known(
                        names,
                        f"method of {service} called",
                        method,
                        own,
                        ("sagas", name, "steps", index, key),
                    )
