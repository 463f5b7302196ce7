"""What a service refers to: each name must name something that can do what is asked of it."""

from collections.abc import Iterator

from wireplan.findings import Finding, Related
from wireplan.load import codes
from wireplan.load.names import Found, Names, Path
from wireplan.load.nearest import asked, listing
from wireplan.load.of_system import serves_http
from wireplan.model.calls import Call
from wireplan.model.services import Service, spoken


def calls(names: Names, name: str, service: Service) -> Iterator[Found]:
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
        elif callee in names.unsure:
            pass
        elif lack := unspoken(call, services[callee]):
            yield codes.WRONG_KIND.at(
                names.place(path), f"{name} calls {callee}, which serves {lack}",
                fix=f"Write services.{callee}.serves: package.v1.SomeService, or serves_http: http1; or leave the call out.",
                related=(Related(names.place(("services", callee)), "the callee"),),
            )  # fmt: skip
        elif spoken(call, services[callee]) == "http":
            yield from of_grpc_alone(names, call, path)
        elif call.contract and call.contract not in serves:
            at = (*path, "contract")
            yield codes.WRONG_KIND.at(
                names.place(at),
                f"{callee} does not serve {call.contract}{asked(call.contract, serves)}",
                fix=f"It serves {listing(serves)}.",
            )
        yield from fallback(names, call, path)


def unspoken(call: Call, callee: Service) -> str:
    """What a callee would have to serve for a call, and does not; nothing where it does."""
    if spoken(call, callee) == "grpc":
        return "" if callee.serves else "no gRPC"
    if serves_http(callee):
        return ""
    return "no HTTP" if call.protocol else "no gRPC and no HTTP"


def of_grpc_alone(names: Names, call: Call, path: Path) -> Iterator[Finding]:
    """A call by HTTP has no contract whose methods could be named."""
    for key, said in (("contract", call.contract), ("methods", call.methods)):
        if said:
            what = f"{path[1]} calls {path[-1]} by HTTP, which has no {key}"
            yield codes.COMBINATION.at(names.place((*path, key)), what, fix=f"Leave {key} out.")


def fallback(names: Names, call: Call, path: Path) -> Iterator[Found]:
    """The cache of a fallback exists, and one of kind cache names it."""
    if call.fallback is None:
        return
    at = (*path, "fallback")
    if call.fallback.cache:
        yield from names.known("cache", call.fallback.cache, names.system.caches, (*at, "cache"))
    elif call.fallback.kind == "cache" and path[1] not in names.unsure:
        what = "a fallback of kind cache names no cache"
        yield codes.COMBINATION.at(names.place(at), what, fix="Write fallback: {cache: NAME}.")


def topics(names: Names, name: str, service: Service) -> Iterator[Found]:
    """Topics that are published or consumed exist and name a message."""
    table = names.system.topics
    for key, uses in (("publishes", service.publishes), ("consumes", service.consumes)):
        for topic in uses:
            yield from names.known("topic", topic, table, ("services", name, key, topic))


def members(names: Names, name: str, service: Service) -> Iterator[Finding]:
    """Static members have names that survive a restart (spec row M6)."""
    common = names.system.defaults.consumes.membership
    for topic, written in service.consumes.items():
        if (
            (written.membership or common) == "static"
            and service.identity != "stable"
            and name not in names.unsure
        ):
            path: Path = ("services", name, "consumes", topic, "membership")
            yield codes.COMBINATION.at(
                names.place(path), f"{name} has static members on {topic}, but a pod of it that is restarted has another name",
                why="The group would hold the place of the pod that is gone, and its partitions stand still until the session ends.",
                fix=f"Write services.{name}.identity: stable, or membership: dynamic.",
            )  # fmt: skip


def stores(names: Names, name: str, service: Service) -> Iterator[Found]:
    """Buckets, caches and externals that a service uses exist."""
    system, here = names.system, ("services", name)
    for bucket in service.buckets:
        yield from names.known("bucket", bucket, system.buckets, (*here, "buckets", bucket))
    for cache in service.caches:
        yield from names.known("cache", cache, system.caches, (*here, "caches", cache))
    if service.rate_limit:
        yield from names.known(
            "cache", service.rate_limit.store, system.caches, (*here, "rate_limit", "store")
        )
    for external in service.externals:
        yield from names.known("external", external, system.externals, (*here, "externals", external))
    for index, oauth in enumerate(service.oauth):
        yield from names.known(
            "external", oauth.provider, system.externals, (*here, "oauth", index, "provider")
        )


MOUNTED = frozenset({"database", "mtls", "objects", "tokens"})
"""Folders below /etc/wireplan/secrets that are filled with what Wireplan makes (docs/wiring.md)."""
SET = frozenset({"WIREPLAN_WIRING", "POD_NAME", "POD_IP", "NODE_NAME", "GROUP_INSTANCE_ID"})
"""Variables that tell a pod who it is."""


def taken(names: Names, name: str, service: Service) -> Iterator[Finding]:
    """Secrets and variables have other names than those that each pod has anyway."""
    for index, secret in enumerate(service.secrets):
        if secret in MOUNTED:
            at = names.place(("services", name, "secrets", index))
            yield codes.NAME_TAKEN.at(
                at, f"/etc/wireplan/secrets/{secret} is the folder of what Wireplan makes"
            )
    for variable in service.environment:
        if variable in SET:
            at = names.place(("services", name, "environment", variable))
            yield codes.NAME_TAKEN.at(at, f"the variable {variable} tells each pod who it is")


def tokens(names: Names, name: str, service: Service) -> Iterator[Found]:
    """Tokens are accepted only of a service that issues them, and whose keys can be asked for."""
    issuer = service.accepts_tokens_of
    if issuer is None:
        return
    path: Path = ("services", name, "accepts_tokens_of")
    services = names.system.services
    if issuer not in services:
        yield from names.known("service", issuer, services, path)
    elif {name, issuer} & names.unsure:
        return
    elif services[issuer].tokens is None:
        yield codes.WRONG_KIND.at(
            names.place(path), f"{issuer} issues no tokens", fix=f"Write services.{issuer}.tokens: {{}}."
        )
    elif issuer not in service.calls:
        yield codes.WRONG_KIND.at(
            names.place(path), f"{name} accepts tokens of {issuer} but does not call it, so it cannot fetch its keys",
            fix=f"Add {issuer} to services.{name}.calls.",
            edit=names.named(("services", name, "calls"), issuer),
        )  # fmt: skip
