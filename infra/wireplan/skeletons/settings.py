"""What a service's page says of its settings: those that the topology sets, in the words of a reader.

The process learns them by its wiring, so that a stack may say otherwise; what stands here is what the topology says for all.
"""

from collections.abc import Iterator

from wireplan.model.units import duration_text, rate_text
from wireplan.skeletons.views import SettingView
from wireplan.topology import wiring
from wireplan.topology.types import Service, Topology


def settings(topology: Topology, service: Service) -> tuple[SettingView, ...]:
    """Every setting that a person may look for, in the order in which a request meets them."""
    found = (
        *_reached(topology, service),
        *_listens(topology, service),
        *_limits(service),
        *_tokens(service),
        *_calls(service),
        *_stores(service),
        *_process(service),
    )
    return tuple(SettingView(name, said) for name, said in found)


def _reached(topology: Topology, service: Service) -> Iterator[tuple[str, str]]:
    for name, edge in sorted(topology.edges.items()):
        paths = [route.path for route in edge.routes if route.bucket is None and route.to == service.name]
        if paths:
            yield "reached", f"by edge {name}, {edge.base_url}: {', '.join(f'`{path}`' for path in paths)}"


def _listens(topology: Topology, service: Service) -> Iterator[tuple[str, str]]:
    if service.ports.grpc and service.serves:
        yield "listens", f"gRPC on port {service.ports.grpc}"
    http = wiring.http(topology, service)
    if http:
        budget = f", {duration_text(http['deadline'])} a request" if "deadline" in http else ""
        yield "listens", f"{http['protocol']} on port {http['port']}{budget}"
    yield "listens", f"`/startup`, `/ready`, `/live` and `/metrics` on port {service.ports.ops}"


def _limits(service: Service) -> Iterator[tuple[str, str]]:
    own = service.rate_limit
    if own is None:
        return
    yield "limit", f"{rate_text(own.rate)} a {own.per}, {own.burst} at once, counted in cache {own.store}"
    for route, each in sorted(own.routes.items()):
        yield "limit", f"`{route}`: {rate_text(each.rate)} a {each.per}, {each.burst} at once"


def _tokens(service: Service) -> Iterator[tuple[str, str]]:
    if service.tokens:
        own = service.tokens
        lives = f"access {duration_text(own.access)}, refresh {duration_text(own.refresh)}"
        yield "tokens", f"signs them ({own.algorithm}): {lives}"
    if service.verifies_tokens_of:
        yield "tokens", f"accepts those of {service.verifies_tokens_of}"


def _calls(service: Service) -> Iterator[tuple[str, str]]:
    """Those without a contract, which the generated clients know nothing of."""
    for callee, call in sorted(service.calls.items()):
        if call.protocol != "grpc":
            yield (
                "calls",
                f"{callee} over {call.protocol}, deadline {duration_text(call.deadline)}: made by your own code",
            )


def _stores(service: Service) -> Iterator[tuple[str, str]]:
    if service.database:
        use = service.database
        wait = f"{duration_text(use.pool.timeout)} to wait for one"
        statement = f"{duration_text(use.statement_timeout)} a statement"
        yield "database", f"{use.pool.min} to {use.pool.max} connections a pod, {wait}, {statement}"
    yield from (("cache", name) for name in service.caches)
    yield from (("external system", name) for name in service.externals)


def _process(service: Service) -> Iterator[tuple[str, str]]:
    yield from (("environment", f"`{name}`") for name in sorted(service.environment))
    yield from (("secret", f"`{name}`") for name in service.secrets)
    ends = service.shutdown
    drain, grace = duration_text(ends.drain), duration_text(ends.grace)
    yield "ends", f"{drain} for what is in hand, {grace} in all"
