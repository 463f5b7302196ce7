"""What environments ask of those who provide Kafka, Postgres, the object store and edges."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from wireplan.findings import Finding, Related
from wireplan.load import codes
from wireplan.load.names import Names, Path
from wireplan.model.base import Part
from wireplan.model.messaging import Kafka
from wireplan.model.stores import ObjectStore


def providers(names: Names) -> Iterator[Finding]:
    """What is not ours has an address; edges are what can do what edges do."""
    system = names.system
    if system.environment.edge == "gateway-api" and system.edges:
        yield codes.WRONG_KIND.at(
            names.place(("environment", "edge")), "the Gateway API cannot be an edge: it has no field for HTTP/3",
            why="An edge that silently spoke HTTP/2 only would not be what is asked of edges (spec row P1).",
            fix="Write edge: caddy.",
        )  # fmt: skip
    addressed = bool(system.kafka and system.kafka.bootstrap) or mistyped(names, "kafka", Kafka, "bootstrap")
    if system.environment.kafka == "external" and not addressed:
        yield codes.NEEDS_ADDRESS.at(
            names.place(("environment", "kafka")),
            "Kafka is external but has no address",
            fix="Write kafka: {bootstrap: host:9092}.",
        )
    store = system.object_store
    addressed = bool(store and store.endpoint) or mistyped(names, "object_store", ObjectStore, "endpoint")
    if store and store.provider == "external" and not addressed:
        yield codes.NEEDS_ADDRESS.at(
            names.place(("object_store",)),
            "the object store is external but has no address",
            fix="Write object_store.endpoint: https://...",
        )
    yield from outward(names)


def mistyped(names: Names, part: str, model: type[Part], key: str) -> bool:
    """Whether a key of a part may be there, and was taken out for a fault of its own: in its value, in its spelling, or in all of the part."""
    taken = {each.removeprefix(f"{part}.") for each in names.unsure if each.startswith(f"{part}.")}
    return part in names.unsure or key in taken or not taken <= model.model_fields.keys()


def outward(names: Names) -> Iterator[Finding]:
    """An edge sends a path on as it came, and it is signed so: a store whose address has a path of its own would look for another bucket."""
    store = names.system.object_store
    own = urlsplit(store.endpoint).path.rstrip("/") if store and store.endpoint else ""
    led: list[Path] = [
        ("edges", edge, "routes", index, "to")
        for edge, written in names.system.edges.items()
        for index, route in enumerate(written.routes)
        if route.to.startswith("bucket ")
    ]
    if own and led and store and store.provider == "external":
        yield codes.COMBINATION.at(
            names.place(("object_store", "endpoint")),
            f"edges lead to buckets, and the address of the object store has a path of its own, {own}",
            why=f"An edge sends the path of a request on as it comes, without {own}; to put that before it would spoil the signature of an upload, which is over the path.",
            fix="Name an address of the store that has no path; or let a service give out what is in the bucket, and route to that.",
            related=tuple(Related(names.place(path), "leads to a bucket") for path in led),
        )


def poolers(names: Names) -> Iterator[Finding]:
    """A pooler is where somebody makes it: services would connect to one that never comes."""
    where = names.system.environment
    why = None
    if where.postgres == "external":
        why = "Postgres is external, and so is what stands before it"
    elif where.cluster == "embedded":
        why = "the embedded cluster has no image of PgBouncer"
    for cluster, written in names.system.databases.items():
        if written.pooler and why:
            yield codes.COMBINATION.at(
                names.place(("databases", cluster, "pooler")),
                f"databases.{cluster} wants a pooler, but {why}",
                fix=f"Write databases: {{{cluster}: {{pooler: false}}}} in this environment's overlay.",
            )
